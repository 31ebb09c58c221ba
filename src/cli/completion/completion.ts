import type { Writable } from 'node:stream';
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { DATA_SOURCES } from '../../deepflow/data-sources.ts';
import { bashScript } from './bash-script.ts';
import { type CompletedCommand, completedCommands } from './completed-commands.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const SCRIPTS: Readonly<
  Record<(typeof SHELLS)[number], (name: string, commands: readonly CompletedCommand[]) => string>
> = { bash: bashScript, zsh: zshScript, fish: fishScript };

const EXAMPLES = `
Examples:
  # bash, in ~/.bashrc
  source <(deepflow-kafka-exporter completion bash)
  # zsh, in ~/.zshrc behind compinit
  source <(deepflow-kafka-exporter completion zsh)
  # fish
  deepflow-kafka-exporter completion fish > \\
    ~/.config/fish/completions/deepflow-kafka-exporter.fish
`;

/**
 * `completion`: prints a script with which a shell completes commands, options, their values and names of files.
 *
 * @param program the program, with all its commands when the action runs.
 */
export function completionCommand(program: Command, io: { readonly stdout: Writable }): Command {
  return new Command('completion')
    .description('print a script with which a shell completes this command line')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: unknown) => {
      const words = { '--data-source': DATA_SOURCES };
      const script = SCRIPTS[z.enum(SHELLS).parse(shell)];
      io.stdout.write(script(program.name(), completedCommands(program, words)));
    });
}
