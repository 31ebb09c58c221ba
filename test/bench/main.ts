import { writeFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { benchEncode } from './encode.ts';
import type { Figure } from './measure.ts';
import { benchPath } from './path.ts';
import { benchSend } from './send.ts';

// `npm run bench -- encode`: what the hot paths cost, beside their alternatives. docs/benchmarks.md.

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const BENCHMARKS: Readonly<Record<string, (log: typeof print) => Promise<readonly Figure[]>>> = {
  encode: benchEncode,
  path: benchPath,
  send: benchSend,
};

await new Command('bench')
  .description('Measures the hot paths beside their alternatives.')
  .addArgument(new Argument('<benchmark>', 'what to measure').choices(Object.keys(BENCHMARKS)))
  .option('--json <file>', 'write the figures for machines as well')
  .action(async (name: string, options: unknown) => {
    const { json } = z.object({ json: z.string().optional() }).parse(options);
    const figures = (await BENCHMARKS[name]?.(print)) ?? [];
    if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  })
  .parseAsync();
