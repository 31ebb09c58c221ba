#!/usr/bin/env node
import { Command } from 'commander';
import { readPackage } from './read-package.ts';
import { statusCommand } from './status.ts';
import { tapCommand } from './tap.ts';

// kubectl runs a program of this name for `kubectl kfx`:
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/

/** The commands that people run beside kubectl, under the name that they type. */
function program(): Command {
  const { env: environment, stdout, stderr } = process;
  const exitCode = (code: number): void => {
    process.exitCode = code;
  };
  return new Command('kubectl kfx')
    .description('Look at KafkaExporters, which send DeepFlow’s records to Kafka.')
    .version(readPackage().version)
    .showHelpAfterError()
    .addCommand(statusCommand({ environment, stdout, stderr, exitCode }))
    .addCommand(tapCommand({ environment, stdout, stderr }));
}

try {
  await program().parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
