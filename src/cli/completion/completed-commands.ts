import type { Command, Option } from 'commander';

/** What a shell offers after an option, or as an argument: these words, names of files, or nothing. */
export type Offer = readonly string[] | 'files' | 'nothing';

/** An option as a shell completes it. */
export interface CompletedOption {
  /** `--data-source`, and `-f` if it has a short form. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined: the option has no value. */
  readonly value: Offer | undefined;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** The words that lead to the command, such as `checkpoints show`; empty for the program. */
  readonly path: string;
  readonly description: string;
  /** The names of the commands below it, with their descriptions. */
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly argument: Offer;
}

/** Words for options whose help does not list them, by the option. */
export type Words = Readonly<Record<string, readonly string[]>>;

const FILES = /[<[](?:file|files|directory|folder)(?:\.\.\.)?[>\]]/;

/** A program and all commands below it. */
export function completedCommands(program: Command, words: Words): readonly CompletedCommand[] {
  return [...commandsOf(program, '')].map(({ command, path }) => ({
    path,
    description: command.description(),
    commands: command.commands.map((each) => ({
      name: each.name(),
      description: each.description(),
    })),
    options: [...command.options.map((option) => completedOption(option, words)), HELP],
    argument: argumentOf(command),
  }));
}

const HELP: CompletedOption = {
  flags: ['-h', '--help'],
  description: 'display help for command',
  value: undefined,
};

function* commandsOf(
  command: Command,
  path: string,
): Generator<{ readonly command: Command; readonly path: string }> {
  yield { command, path };
  for (const each of command.commands) yield* commandsOf(each, `${path} ${each.name()}`.trim());
}

function completedOption(option: Option, words: Words): CompletedOption {
  const { argChoices, description, flags, long, optional, required, short } = option;
  const value =
    required || optional ? (words[long ?? ''] ?? argChoices ?? offerOf(flags)) : undefined;
  return { flags: [short, long].filter((flag) => flag !== undefined), description, value };
}

function argumentOf({ registeredArguments: [argument] }: Command): Offer {
  if (argument === undefined) return 'nothing';
  return argument.argChoices ?? offerOf(`<${argument.name()}>`);
}

function offerOf(placeholder: string): Offer {
  return FILES.test(placeholder) ? 'files' : 'nothing';
}
