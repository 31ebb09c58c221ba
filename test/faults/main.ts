import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { ALL_FAULTS } from './faults/all-faults.ts';
import { ENGINES } from '../harness/clickhouse/engine-versions.ts';
import type { Fault } from './fault.ts';
import { type Parts, startParts } from './parts.ts';
import { type DeliveryPromise, GUARANTEES } from './promise.ts';
import { describeOutcome, describeSchedule } from './report.ts';
import { type Outcome, runSchedule } from './run-schedule.ts';
import { planSchedule, type Schedule } from './schedule.ts';

// `npm run test:faults`: exporters that work while everything around them breaks, by schedules that follow from seeds.

const optionsSchema = z.object({
  schedules: z.number(),
  seed: z.number(),
  guarantee: z.enum(GUARANTEES),
  settle: z.number(),
  lateness: z.number().optional(),
  only: z.string().optional(),
  engine: z.enum(ENGINES).optional(),
});

const program = new Command('test:faults')
  .description(
    'Breaks everything around real exporters and looks for records that are lost or come twice.',
  )
  .option('--schedules <count>', 'how many schedules to run', parseNumber, 5)
  .option('--seed <seed>', 'of the first schedule; each next one has the next', parseNumber, 1)
  .addOption(
    new Option('--guarantee <guarantee>', 'what is promised')
      .choices(GUARANTEES)
      .default('ExactlyOnce'),
  )
  .option('--settle <seconds>', 'settleSeconds of the exporters', parseNumber, 3)
  .option('--lateness <seconds>', 'latenessSeconds of the exporters', parseNumber, 12)
  .addOption(
    new Option('--engine <version>', 'of ClickHouse, whatever the seeds say').choices(ENGINES),
  )
  .option('--only <words>', 'draw only faults whose names contain this')
  .action(async (raw: unknown) => {
    process.exitCode = await run(optionsSchema.parse(raw));
  });

await program.parseAsync();
// A connection of kafkajs that failed to close must not keep the run alive.
process.exit();

async function run(options: z.infer<typeof optionsSchema>): Promise<number> {
  const { guarantee, settle, lateness, schedules, seed, only = '' } = options;
  const promise: DeliveryPromise = { guarantee, settleSeconds: settle, latenessSeconds: lateness };
  const faults = ALL_FAULTS.filter(({ name }) => name.includes(only));
  const parts = await startParts();
  const counts = { kept: 0, broken: 0, unclear: 0 };
  try {
    for (let index = 0; index < schedules; index++) {
      const planned = planSchedule(seed + index, promise, faults);
      const schedule =
        options.engine === undefined ? planned : { ...planned, engine: options.engine };
      const { engine } = schedule;
      print(
        `schedule ${index + 1} of ${schedules}, seed ${schedule.seed}, ${guarantee}, ClickHouse ${engine}`,
      );
      print(describeSchedule(schedule));
      const outcome = await runOne(await parts.on(engine), schedule, { promise, faults });
      counts[outcome] += 1;
    }
  } finally {
    await parts.stop();
  }
  print(`${counts.kept} kept, ${counts.broken} broken, ${counts.unclear} unclear`);
  return counts.broken === 0 ? 0 : 1;
}

async function runOne(
  parts: Parts,
  schedule: Schedule,
  options: { readonly promise: DeliveryPromise; readonly faults: readonly Fault[] },
): Promise<Outcome['verdict']> {
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1000;
  const onEvent = (event: string): void => {
    print(`  ${seconds().toFixed(1).padStart(5)} s  ${event}`);
  };
  try {
    const outcome = await runSchedule(parts, schedule, { ...options, onEvent });
    print(`seed ${schedule.seed}: ${describeOutcome(outcome, seconds())}`);
    if (outcome.verdict === 'broken') {
      const { examples, problems } = outcome.findings;
      for (const line of [...problems, ...examples]) print(`  ${line}`);
      await keepTraces(parts, schedule);
    }
    return outcome.verdict;
  } catch (error) {
    await keepTraces(parts, schedule);
    throw error;
  }
}

async function keepTraces(parts: Parts, schedule: Schedule): Promise<void> {
  print(describeSchedule(schedule));
  const folder = await mkdtemp(path.join(tmpdir(), `faults-${schedule.seed}-`));
  await cp(parts.run.folder, folder, { recursive: true });
  print(`  the exporters’ logs and configuration are in ${folder}`);
  print(`  repeat it with --seed ${schedule.seed} --schedules 1 and the options of this run`);
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('must be a whole number.');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
