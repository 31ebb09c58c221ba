import type { ExporterKind, ExporterProcess } from '../exporters.ts';
import { untilDone } from '../../lib/until.ts';
import { degree, type Fault, hit, type Step } from '../fault.ts';
import { CLOCK_AHEAD_MS_MAX } from '../schedule.ts';
import type { World } from '../world.ts';

/** More than two exporters of a resource at once are no other case than two. */
const EXPORTERS_MAX = 2;
const CLOCK_BEHIND_MS_MAX = 30_000;

/** Exporters that are killed, held up, or not alone. */
export function exporterFaults(): readonly Fault[] {
  return [
    {
      name: 'an exporter is killed and started again',
      part: 'exporters',
      lastsMs: [0, 3_000],
      begin: async ({ exporters }, step) => {
        const exporter = await oneOf(exporters, step);
        await exporter.kill();
        return startOne(exporters, exporter.kind);
      },
    },
    {
      name: 'an exporter is stopped in order and started again',
      part: 'exporters',
      lastsMs: [0, 2_000],
      begin: async ({ exporters }, step) => {
        const exporter = await oneOf(exporters, step);
        await exporter.stop();
        return startOne(exporters, exporter.kind);
      },
    },
    {
      name: 'an exporter stands still',
      part: 'exporters',
      lastsMs: [500, 8_000],
      begin: async ({ exporters }, step) => {
        const exporter = await oneOf(exporters, step);
        exporter.pause();
        return () => {
          exporter.resume();
          return Promise.resolve();
        };
      },
    },
    {
      name: 'an exporter stands still and comes back beside another one',
      part: 'exporters',
      lastsMs: [3_000, 9_000],
      begin: async ({ exporters }, step) => {
        const exporter = await oneOf(exporters, step, 'reading');
        exporter.pause();
        await startAnother(exporters);
        return () => {
          exporter.resume();
          return Promise.resolve();
        };
      },
    },
    {
      name: 'another exporter with the same configuration runs, then one of them is killed',
      part: 'exporters',
      lastsMs: [2_000, 9_000],
      begin: async ({ exporters }, step) => {
        await startAnother(exporters);
        return async () => (await oneOf(exporters, step, 'reading')).kill();
      },
    },
    {
      name: 'another exporter takes over from one that ends in order',
      part: 'exporters',
      lastsMs: [1_000, 6_000],
      begin: async ({ exporters }) => {
        const old = exporters.running('reading');
        await startAnother(exporters);
        return async () => {
          await Promise.all(old.map((exporter) => exporter.stop()));
          if (exporters.running('reading').length === 0) await exporters.start();
        };
      },
    },
    {
      name: 'the installation is rebuilt, and its KafkaExporter has another UID',
      part: 'exporters',
      lastsMs: [0, 3_000],
      begin: async ({ exporters }, step) => {
        const end = step.howMuch < 0.5 ? 'kill' : 'stop';
        await Promise.all(exporters.running('reading').map((exporter) => exporter[end]()));
        exporters.changeOwner();
        return startOne(exporters, 'reading');
      },
    },
    {
      name: 'another installation wants to export the same, and gives up',
      part: 'exporters',
      lastsMs: [3_000, 9_000],
      begin: async ({ exporters }) => {
        const stranger = await exporters.start({ owner: 'another installation' });
        return () => stranger.kill();
      },
    },
    {
      name: 'the clock of an exporter is ahead',
      part: 'clock',
      lastsMs: [1_000, 8_000],
      begin: async ({ exporters }, step) =>
        shiftClock(await oneOf(exporters, step), degree(step, 100, CLOCK_AHEAD_MS_MAX)),
    },
    {
      name: 'the clock of an exporter is behind',
      part: 'clock',
      lastsMs: [1_000, 8_000],
      begin: async ({ exporters }, step) =>
        shiftClock(await oneOf(exporters, step), -degree(step, 100, CLOCK_BEHIND_MS_MAX)),
    },
  ];
}

/** One of those that run; another fault may have ended the last one, which is started again soon. */
function oneOf(
  exporters: World['exporters'],
  step: Step,
  kind?: ExporterKind,
): Promise<ExporterProcess> {
  return untilDone('an exporter', () =>
    Promise.resolve().then(() => hit(exporters.running(kind), step)),
  );
}

function startOne(exporters: World['exporters'], kind: ExporterKind): () => Promise<void> {
  return async () => {
    await exporters.start({ kind });
  };
}

async function startAnother(exporters: World['exporters']): Promise<void> {
  if (exporters.running('reading').length < EXPORTERS_MAX) await exporters.start();
}

async function shiftClock(
  exporter: ExporterProcess,
  aheadMs: number,
): Promise<() => Promise<void>> {
  await exporter.setClock(Math.round(aheadMs));
  return () => exporter.setClock(0);
}
