import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';

// `npm run test:simulate` runs exporters on a simulated clock, against models of Kafka and ClickHouse. A seed determines
// the plan of a run: its rows and its faults.

const optionsSchema = z.object({
  seeds: z.number(),
  seed: z.number(),
  minutes: z.number().optional(),
});
const reportSchema = z.object({
  seed: z.int(),
  broken: z.string().optional(),
  timeouts: z.int(),
});
type Report = z.infer<typeof reportSchema>;

/** The run ends after this number of broken seeds, since more broken seeds show nothing new. */
const BROKEN_MAX = 20;
const PROGRESS_EVERY = 1_000;

const program = new Command('test:simulate')
  .description(
    'Runs exporters on a simulated clock and finds records that are lost, sent twice or never sent.',
  )
  .option('--seeds <count>', 'how many seeds to run', parseNumber, 2_000)
  .option('--seed <seed>', 'the first seed', parseNumber, 1)
  .option('--minutes <minutes>', 'end after this time, even if seeds are left', parseNumber)
  .action(async (raw: unknown) => {
    process.exitCode = await run(optionsSchema.parse(raw));
  });

await program.parseAsync();

async function run({ seeds, seed, minutes }: z.infer<typeof optionsSchema>): Promise<number> {
  const startMs = Date.now();
  const untilMs = minutes === undefined ? Number.MAX_SAFE_INTEGER : startMs + minutes * 60_000;
  const broken: Report[] = [];
  let kept = 0;
  let timeouts = 0;
  const workers = Math.min(availableParallelism(), seeds);
  await Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const count = Math.ceil((seeds - i) / workers);
      const data = { first: seed + i, step: workers, count, untilMs };
      return runWorker(data, (report) => {
        timeouts += report.timeouts;
        if (report.broken === undefined) kept++;
        else broken.push(report);
        if ((kept + broken.length) % PROGRESS_EVERY === 0) print(`${kept} kept …`);
        return broken.length < BROKEN_MAX;
      });
    }),
  );
  const seconds = Math.round((Date.now() - startMs) / 1000);
  for (const report of broken.slice(0, 3)) await explain(report);
  print(
    `${kept} seeds kept, ${broken.length} broken (${timeouts} transactions took longer than their time-out), ${seconds} s`,
  );
  return broken.length === 0 && kept > 0 ? 0 : 1;
}

/** Resolves when a worker has run its seeds, or `onReport` answers false. */
function runWorker(data: object, onReport: (report: Report) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('seed-worker.ts', import.meta.url), { workerData: data });
    worker.on('message', (message) => {
      if (!onReport(reportSchema.parse(message))) void worker.terminate();
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve();
    });
  });
}

/** Prints how a seed breaks a promise, and the smallest plan that was found to do so. */
async function explain({ seed, broken }: Report): Promise<void> {
  print(`seed ${seed}: ${broken ?? ''}`);
  print(describePlan(await shrink(drawPlan(seed))));
  print(`  run it again: npm run test:simulate -- --seeds 1 --seed ${seed}`);
}

function describePlan({ rows, faults, ...plan }: Plan): string {
  const facts = Object.entries(plan).map(([name, value]) => `${name} ${value ?? 'none'}`);
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  return [
    `  with ${facts.join(', ')}`,
    ...faults.map(
      ({ kind, atMs, ms, which, share }) =>
        `  ${seconds(atMs)} s: ${kind} (${seconds(ms)} s, number ${which}, ${share.toFixed(2)})`,
    ),
    ...rows
      .slice(0, 5)
      .map(({ id, second, atMs }) => `  ${seconds(atMs)} s: row ${id} of second ${second}`),
    ...(rows.length > 5 ? [`  and ${rows.length - 5} more rows`] : []),
  ].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number.');
  return value;
}
