import type { Command, CommanderError } from 'commander';
import { USAGE_EXIT_CODE, UsageError } from './usage-error.ts';

/** Runs the command that the arguments of the process name. It ends the process when the command fails. */
export async function runCommandLine(program: Command): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads the output has read enough, as `head` does.
    if (error.code === 'EPIPE') process.exit(0);
    fail(error);
  });
  try {
    await endingWithUsageCode(program).parseAsync();
  } catch (error) {
    fail(error);
  }
}

/** Ends the process with the message of an error, without its stack trace. */
export function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof UsageError ? USAGE_EXIT_CODE : 1);
}

/** Makes a command and those below it end with the exit code of wrong usage where Commander would end with 1. */
function endingWithUsageCode(command: Command): Command {
  command.exitOverride(({ exitCode }: CommanderError) => {
    process.exit(exitCode === 0 ? 0 : USAGE_EXIT_CODE);
  });
  for (const each of command.commands) endingWithUsageCode(each);
  return command;
}
