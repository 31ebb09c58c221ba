import { Command } from 'commander';
import { checkpointsCommand } from './checkpoints/checkpoints.ts';
import { compareCommand } from './compare/compare.ts';
import { completionCommand } from './completion/completion.ts';
import { convertCommand } from './convert/convert.ts';
import { dashboardCommand } from './dashboard.ts';
import { exporterCommand } from './exporter.ts';
import { onStop } from './process/on-stop.ts';
import { operatorCommand } from './operator.ts';
import { previewCommand } from './preview/preview.ts';
import { readPackage } from './process/read-package.ts';
import { renderCommand } from './render/render.ts';
import { fail } from './process/run-command-line.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status/status.ts';
import { tapCommand } from './tap/tap.ts';
import { validateCommand } from './validate/validate.ts';

/** What only the entry point may read. */
export interface ProgramProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** The command line: one program with one command for each part of the product. */
export function exporterProgram(io: ProgramProcess): Command {
  const { environment, random } = io;
  const { stdout, stderr } = process;
  const { version, description } = readPackage();
  const program = new Command('deepflow-kafka-exporter')
    .description(description)
    .version(version)
    .showHelpAfterError()
    .commandsGroup('In the cluster:')
    .addCommand(exporterCommand({ environment, onStop }))
    .addCommand(operatorCommand({ onStop, fail }))
    .addCommand(checkpointsCommand({ environment, stdout, stderr, random }));
  return withPeopleCommands(program, io).addCommand(completionCommand(program, { stdout }));
}

/** The plugin of kubectl: the commands that people run beside it, under the name that they type. */
export function pluginProgram(io: ProgramProcess): Command {
  const program = new Command('kubectl kfx')
    .description('Work with KafkaExporters, which send DeepFlow’s records to Kafka.')
    .version(readPackage().version)
    .showHelpAfterError();
  return withPeopleCommands(program, io);
}

function withPeopleCommands(program: Command, { environment }: ProgramProcess): Command {
  const { stdin, stdout, stderr } = process;
  const { version } = readPackage();
  const setExitCode = (code: number): void => {
    process.exitCode = code;
  };
  return program
    .commandsGroup('For people:')
    .addCommand(validateCommand({ stdin, stdout, stderr, version, setExitCode }))
    .addCommand(renderCommand({ stdin, stdout, version }))
    .addCommand(previewCommand({ environment, stdin, stdout, stderr }))
    .addCommand(schemaCommand({ stdin, stdout }))
    .addCommand(convertCommand({ stdin, stdout, stderr, setExitCode }))
    .addCommand(compareCommand({ stdout, stderr, setExitCode }))
    .addCommand(statusCommand({ environment, stdout, stderr, setExitCode }))
    .addCommand(tapCommand({ environment, stdout, stderr }))
    .addCommand(dashboardCommand({ environment, stdout, onStop }));
}
