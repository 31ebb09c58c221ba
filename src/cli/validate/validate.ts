import type { Readable, Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { manifestFiles, manifestText } from '../manifests/manifest-files.ts';
import { parseOptions } from '../options/parse-options.ts';
import { withProgress } from '../process/with-progress.ts';
import { type CheckedFile, checkFile } from './check-file.ts';
import { problemsOf, REPORT_FORMS, REPORTS } from './reports.ts';

/** What the command needs from the process. */
export interface ValidateProcess {
  readonly stdin: Readable;
  /** Gets the report. */
  readonly stdout: Writable;
  /** Gets the count of what was checked. */
  readonly stderr: Writable;
  /** Of this program. */
  readonly version: string;
  /** Sets the exit code of the process. */
  readonly setExitCode: (code: number) => void;
}

const optionsSchema = z.object({ output: z.enum(REPORT_FORMS) });

const EXAMPLES = `
Examples:
  # every KafkaExporter below a directory, also between objects of other kinds
  deepflow-kafka-exporter validate clusters/
  # what kustomize builds
  kustomize build clusters/production | deepflow-kafka-exporter validate -
  # a report for code scanning
  deepflow-kafka-exporter validate --output sarif 'clusters/**/*.yaml'

Exit codes: 0: all are valid; 1: one is not; 2: wrong usage, or a file that
cannot be read.
`;

/**
 * `validate`: checks KafkaExporters in files by all rules of the API server and of the operator. It needs no cluster.
 */
export function validateCommand(io: ValidateProcess): Command {
  return new Command('validate')
    .description('check KafkaExporters in files as the API server and the operator would')
    .argument('<files...>', 'files, directories, patterns, or - for standard input')
    .addOption(
      new Option('-o, --output <form>', 'form of the report').choices(REPORT_FORMS).default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (patterns: readonly string[], raw: unknown) => {
      const { output } = parseOptions(optionsSchema, raw);
      const names = await manifestFiles(patterns);
      const files: CheckedFile[] = [];
      await withProgress(
        { clock: systemClock, stderr: io.stderr },
        () => `checked ${files.length} of ${counted(names.length, 'file')}`,
        async () => {
          for (const name of names) {
            files.push(checkFile(name, await manifestText(name, io.stdin)));
          }
        },
      );
      io.stdout.write(REPORTS[output]({ files, version: io.version }));
      io.stderr.write(`${summary(files)}\n`);
      if (files.some((file) => problemsOf(file).length > 0)) io.setExitCode(1);
    });
}

function summary(files: readonly CheckedFile[]): string {
  const resources = files.flatMap((file) => file.resources);
  const wrong = resources.filter(({ problems }) => problems.length > 0).length;
  const broken = files.filter(({ syntax }) => syntax !== undefined).length;
  const counts = `${counted(files.length, 'file')}, ${counted(resources.length, 'KafkaExporter')}: ${resources.length - wrong} valid, ${wrong} not valid`;
  return broken === 0 ? counts : `${counts}; ${counted(broken, 'file')} not YAML`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
