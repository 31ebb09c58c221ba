import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  type Screen,
  showOnce,
  type StatusSource,
  type StatusView,
  watchStatus,
} from '../../../src/cli/status/show-status.ts';
import { whileRead } from '../../../src/cli/process/while-read.ts';
import type { ExporterReading, FleetReading } from '../../../src/fleet/fleet-reading.ts';
import { shownResource } from '../../../src/fleet/shown-resource.ts';
import { exporterObject, NO_PARTS, WELL } from '../../fleet/sample-fleet.ts';
import { createManualClock, type ManualClock } from '../../lib/manual-clock.ts';

const VIEW: StatusView = { form: 'text', namespace: 'team', intervalMs: 3_000 };
const CLEAR = '\u{1b}[H\u{1b}[2J';

interface Shown {
  readonly clock: ManualClock;
  readonly stdout: PassThrough & Screen;
  readonly stderr: PassThrough;
  /** What was written since the last call. */
  readonly written: () => readonly [string, string];
}

function screen(size: { rows?: number; columns?: number } | undefined): Shown {
  const stdout: PassThrough & Screen = new PassThrough();
  if (size !== undefined) Object.assign(stdout, { isTTY: true, ...size });
  const stderr = new PassThrough();
  const taken = (stream: PassThrough): string => {
    const chunk: unknown = stream.read();
    return chunk instanceof Buffer ? chunk.toString() : '';
  };
  return {
    clock: createManualClock(),
    stdout,
    stderr,
    written: () => [taken(stdout), taken(stderr)],
  };
}

/** Readings of exporters whose pod has sent a thousand records more in each. */
function source(
  { clock }: Shown,
  exporters: readonly string[],
  change: {
    readonly gaps?: readonly string[];
    readonly failsAt?: number;
    readonly isSilent?: true;
  } = {},
): StatusSource & { readonly reads: () => number } {
  let reads = 0;
  const exporter = (name: string): ExporterReading => ({
    ...shownResource(exporterObject(name, WELL)),
    pods: [
      {
        name: 'p',
        uid: 'u',
        state: 'Ready',
        report: undefined,
        isSilent: false,
        counters:
          change.isSilent === true
            ? undefined
            : {
                records: reads * 3_000,
                bytes: 0,
                retries: 0,
                cpuSeconds: 0,
                memoryBytes: 0,
                atMs: clock.monotonicMs(),
                parts: NO_PARTS,
              },
      },
    ],
  });
  return {
    clock,
    reads: () => reads,
    read: () => {
      reads++;
      if (reads === change.failsAt) {
        return Promise.reject(new Error('no answer from the API server\u{7}'));
      }
      const gaps = change.gaps ?? [];
      return Promise.resolve({ atMs: clock.now(), exporters: exporters.map(exporter), gaps });
    },
  };
}

describe('one table', () => {
  it('waits for the rates', async () => {
    const shown = screen(undefined);
    const done = showOnce(source(shown, ['a']), VIEW, shown);
    await shown.clock.advance(2_999);
    expect(shown.written()[0]).toBe('');
    await shown.clock.advance(1);
    expect(await done).toBe('well');
    expect(shown.written()[0]).toMatch(/^NAME .*\na .* 1\.0k /);
  });

  it('does not wait when no pod has answered, and says why', async () => {
    const shown = screen(undefined);
    const from = source(shown, ['a'], { gaps: ['a pod did not\nanswer'], isSilent: true });
    expect(await showOnce(from, VIEW, shown)).toBe('well');
    expect(from.reads()).toBe(1);
    expect(shown.written()[1]).toBe('a pod did not answer\n');
  });

  it.each([
    ['team', 'there are no KafkaExporters in namespace team\n'],
    [undefined, 'there are no KafkaExporters in any namespace\n'],
  ])('without exporters says so: namespace %s', async (namespace, says) => {
    const shown = screen(undefined);
    await showOnce(source(shown, []), { ...VIEW, namespace }, shown);
    expect(shown.written()).toEqual(['', says]);
  });

  it('as JSON has the gaps in it, and nothing beside it', async () => {
    const shown = screen(undefined);
    const from = source(shown, ['a'], { gaps: ['one'], isSilent: true });
    await showOnce(from, { ...VIEW, form: 'json' }, shown);
    const [json, said] = shown.written();
    expect(JSON.parse(json)).toMatchObject({ exporters: [{ name: 'a' }], gaps: ['one'] });
    expect(said).toBe('');
  });

  it('tells when an exporter needs attention', async () => {
    const shown = screen(undefined);
    const { clock } = shown;
    const broken = { ...shownResource(exporterObject('a', undefined)), pods: [] };
    const read = (): Promise<FleetReading> =>
      Promise.resolve({ atMs: 0, exporters: [broken], gaps: [] });
    expect(await showOnce({ clock, read }, VIEW, shown)).toBe('attention');
  });
});

describe('a watch', () => {
  it('that is not on a terminal writes one table after the other, and ends at once', async () => {
    const shown = screen(undefined);
    const end = new AbortController();
    const done = watchStatus(source(shown, ['a']), VIEW, { ...shown, signal: end.signal });
    await shown.clock.advance(0);
    expect(shown.written()[0]).toMatch(/^NAME .*\na .* - +- /);
    await shown.clock.advance(3_000);
    expect(shown.written()[0]).toMatch(/^NAME .*\na .* 1\.0k /);
    end.abort();
    await done;
    expect(shown.written()[0]).toBe('');
  });

  it('on a terminal begins at the top of the screen each time, and fits into it', async () => {
    const shown = screen({ rows: 6, columns: 20 });
    const end = new AbortController();
    const names = Array.from({ length: 1_000 }, (_, number) => `exporter-${number}`);
    const from = source(shown, names, { gaps: ['one'] });
    const done = watchStatus(from, VIEW, { ...shown, signal: end.signal });
    await shown.clock.advance(3_000);
    const [pages] = shown.written();
    expect(pages.split(CLEAR)).toHaveLength(3);
    const lines = pages.split(CLEAR)[2]?.trimEnd().split('\n') ?? [];
    expect(lines).toEqual([
      'NAME          READY ',
      'exporter-0    True  ',
      'exporter-1    True  ',
      'and 998 more: name a',
      'one',
    ]);
    end.abort();
    await done;
  });

  it('goes on after a reading that failed, and says how old the table is', async () => {
    const shown = screen(undefined);
    const end = new AbortController();
    const from = source(shown, ['a'], { failsAt: 2 });
    const done = watchStatus(from, VIEW, { ...shown, signal: end.signal });
    await shown.clock.advance(3_000);
    expect(shown.written()[1]).toBe(
      'no answer from the API server\u{fffd}; what is shown is of 3 seconds ago\n',
    );
    await shown.clock.advance(3_000);
    const [table, said] = shown.written();
    expect(table).toMatch(/ 1\.0k /);
    expect(said).toBe('');
    end.abort();
    await done;
  });

  it('fails when the first reading does', async () => {
    const shown = screen(undefined);
    const from = source(shown, ['a'], { failsAt: 1 });
    const { signal } = new AbortController();
    await expect(watchStatus(from, VIEW, { ...shown, signal })).rejects.toThrow('no answer');
  });

  it('ends without an error when its reader closes the pipe, and with one when writing fails', async () => {
    const run = async (code: string): Promise<void> => {
      const shown = screen(undefined);
      const from = source(shown, ['a']);
      const done = whileRead(shown.stdout, (signal) =>
        watchStatus(from, VIEW, { ...shown, signal }),
      );
      await shown.clock.advance(0);
      shown.stdout.destroy(Object.assign(new Error('write failed'), { code }));
      return done;
    };
    await run('EPIPE');
    await expect(run('ENOSPC')).rejects.toThrow('write failed');
  });
});
