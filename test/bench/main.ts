import { writeFile } from 'node:fs/promises';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { benchDashboard } from './dashboard.ts';
import { benchEncode } from './encode.ts';
import type { Figure } from './measure.ts';
import { benchOperator } from './operator/bench-operator.ts';
import { benchPath } from './path.ts';
import { benchSend } from './send.ts';
import { benchSoak } from './soak.ts';

// `npm run bench -- encode`: what the hot paths cost, beside their alternatives. docs/benchmarks.md.

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

type Benchmark = (log: typeof print, minutes?: number) => Promise<readonly Figure[]>;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  dashboard: benchDashboard,
  encode: benchEncode,
  operator: benchOperator,
  path: benchPath,
  send: benchSend,
  soak: benchSoak,
};

const optionsSchema = z.object({
  json: z.string().optional(),
  minutes: z.number().optional(),
});

await new Command('bench')
  .description('Measures the hot paths beside their alternatives.')
  .addArgument(new Argument('<benchmark>', 'what to measure').choices(Object.keys(BENCHMARKS)))
  .option('--json <file>', 'write the figures for machines as well')
  .option('--minutes <n>', 'how long the load of `soak` lasts, 5 at least (default: 60)', minutesOf)
  .action(async (name: string, options: unknown) => {
    const { json, minutes } = optionsSchema.parse(options);
    const figures = (await BENCHMARKS[name]?.(print, minutes)) ?? [];
    if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  })
  .parseAsync();

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (minutes >= 5) return minutes;
  throw new InvalidArgumentError('It must be 5 at least: the first two warm up.');
}
