import { describe, expect, onTestFinished, test } from 'vitest';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { PushLane } from '../../../src/exporter/push/push-lane.ts';
import { type PushOutcome, PushQueue } from '../../../src/exporter/push/push-queue.ts';
import { type PushTable, pushTable } from '../../../src/exporter/push/rows/push-table.ts';
import { RowCollector } from '../../../src/exporter/push/rows/row-collector.ts';
import {
  type OnRejected,
  ProducerError,
  type RecordProducer,
} from '../../../src/exporter/producer/record-producer.ts';
import { createManualClock, settle } from '../../lib/manual-clock.ts';
import { poisonedMemory } from '../../lib/poisoned-memory.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { exporterConfig, pushConfig } from '../exporter-config.ts';

const table = pushTable(
  { logger: silentLogger },
  pushConfig(exporterConfig({})),
  'flow_log.l7_flow_log',
);

/** How Kafka handles the transactions of a lane. */
interface Behaviour {
  /** The errors of commits, one after the other. After that, commits succeed. */
  readonly commits?: (ProducerError | undefined)[];
  /** Batches of more records fail as too large. */
  readonly recordsMax?: number;
  /** The places in each batch of the records that their topic refuses. */
  readonly refusedPlaces?: readonly number[];
  /** True: single records are too large as well, which is reported. */
  readonly buries?: boolean;
  /** How many bytes a transaction may have. */
  readonly transactionBytes?: number;
  /** True: each commit waits to be released. */
  readonly isSlow?: boolean;
}

function startLane(behaviour: Behaviour = {}) {
  const { commits = [], recordsMax = Infinity, buries = false, isSlow = false } = behaviour;
  const { refusedPlaces = [] } = behaviour;
  const clock = createManualClock();
  const giveUp = new AbortController();
  const queue = new PushQueue(clock, 1_000);
  const committed: number[][] = [];
  const opened: number[] = [];
  let release: (() => void) | undefined;
  const createProducer = (onRejected: OnRejected): RecordProducer => {
    let sent: EncodedBatch[] = [];
    const size = { bytes: behaviour.transactionBytes ?? Infinity, batchBytes: Infinity };
    return {
      size,
      isFull: () => sent.reduce((sum, { bytes }) => sum + bytes.length, 0) >= size.bytes,
      open: () => {
        opened.push(clock.monotonicMs());
        return Promise.resolve(true);
      },
      send: (batch) => {
        if (batch.records > recordsMax) {
          return Promise.reject(new ProducerError('MESSAGE_TOO_LARGE', { isTooLarge: true }));
        }
        if (buries && batch.records === 1) onRejected(batch, [0], 'tooLarge');
        if (refusedPlaces.length > 0) onRejected(batch, refusedPlaces, 'invalidTimestamp');
        sent.push(batch);
        return Promise.resolve();
      },
      partitioner: () => Promise.resolve((key) => key.length),
      commit: async () => {
        if (isSlow) await new Promise<void>((resolve) => (release = resolve));
        const failure = commits.shift();
        if (failure !== undefined) throw failure;
        committed.push(sent.map(({ records }) => records));
        sent = [];
      },
      abort: () => {
        sent = [];
        return Promise.resolve(true);
      },
    };
  };
  const onOpen = (): void => undefined;
  const lane = new PushLane(
    {
      clock,
      logger: silentLogger,
      queue,
      memory: poisonedMemory,
      createProducer,
      onOpen,
      giveUp: giveUp.signal,
    },
    { limits: { records: 100, bytes: 100_000 }, format: 'plain' },
  );
  const done = lane.run();
  onTestFinished(async () => {
    giveUp.abort();
    release?.();
    queue.close();
    await done;
  });
  return { clock, queue, committed, opened, release: () => release?.(), giveUp };
}

function submit(queue: PushQueue, rows: number, into: PushTable = table): Promise<PushOutcome> {
  const collector = new RowCollector(into, 10_000);
  collector.push(Buffer.from('{"time":1700000000,"trace_id":"abc"}\n'.repeat(rows)));
  return queue.submit({ table: into, batch: collector.finish().batch });
}

const STORED = { kind: 'stored', rejected: [] };
const lost = new ProducerError('INVALID_TXN_STATE');

describe('a lane', () => {
  test('stores the rows of a request in one transaction', async () => {
    const { queue, committed } = startLane();
    expect(await submit(queue, 3)).toEqual(STORED);
    expect(committed).toEqual([[3]]);
  });

  test('stores what waits together in one transaction, and in one batch', async () => {
    const { queue, committed, release } = startLane({ isSlow: true });
    const first = submit(queue, 1);
    await settle();
    const others = [submit(queue, 2), submit(queue, 3), submit(queue, 0)];
    await settle();
    release();
    expect(await first).toEqual(STORED);
    await settle();
    release();
    expect(await Promise.all(others)).toEqual([STORED, STORED, STORED]);
    expect(committed).toEqual([[1], [5]]);
  });

  test('stores what waits together in several transactions when one would be too large, and no job in parts', async () => {
    const { queue, committed, release } = startLane({ isSlow: true, transactionBytes: 1 });
    const outcomes = [submit(queue, 1)];
    await settle();
    outcomes.push(submit(queue, 120), submit(queue, 130), submit(queue, 10));
    for (let i = 0; i < 4; i++) {
      await settle();
      release();
    }
    expect(await Promise.all(outcomes)).toEqual([STORED, STORED, STORED, STORED]);
    const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count);
    expect(committed.map(sum)).toEqual([1, 120, 130, 10]);
  });

  test('refuses the jobs for which no time is left, and keeps those that are stored', async () => {
    const { clock, queue, release } = startLane({ isSlow: true, transactionBytes: 1 });
    const first = submit(queue, 1);
    await settle();
    const stored = submit(queue, 120);
    const refused = submit(queue, 120);
    release();
    await first;
    await settle();
    await clock.advance(20_000);
    release();
    expect(await stored).toEqual(STORED);
    const reason = 'Kafka accepts the records too slowly at the moment';
    expect(await refused).toEqual({ kind: 'refused', reason });
  });

  test('tries a failed transaction again, with another epoch', async () => {
    const { queue, committed } = startLane({ commits: [lost, lost] });
    expect(await submit(queue, 2)).toEqual(STORED);
    expect(committed).toEqual([[2]]);
  });

  test('makes smaller batches for a topic that rejects large ones', async () => {
    const { queue, committed } = startLane({ recordsMax: 2 });
    expect(await submit(queue, 5)).toEqual(STORED);
    expect(committed.flat().reduce((sum, records) => sum + records)).toBe(5);
    expect(Math.max(...committed.flat())).toBeLessThanOrEqual(2);
  });

  test('never sends records again that may be stored', async () => {
    const failure = new ProducerError('timed out', { isUncertain: true });
    const { clock, queue, committed, opened } = startLane({ commits: [failure] });
    expect(await submit(queue, 1)).toEqual({ kind: 'uncertain', reason: 'timed out' });
    const next = submit(queue, 1);
    await settle();
    expect(committed).toEqual([]);
    await clock.advance(3_000);
    expect(await next).toEqual(STORED);
    expect(opened).toHaveLength(2);
  });

  test('names the rows whose records are too large for their topic', async () => {
    const { queue } = startLane({ recordsMax: 1, buries: true });
    const reason = 'tooLarge';
    const rejected = [0, 1].map((row) => ({ row, reason }));
    expect(await submit(queue, 2)).toEqual({ kind: 'stored', rejected });
  });

  test('names the rows whose records their topic refuses, in the request of each', async () => {
    const { queue, release } = startLane({ isSlow: true, refusedPlaces: [1, 3] });
    const first = submit(queue, 1);
    await settle();
    const others = [submit(queue, 2), submit(queue, 3)];
    for (let i = 0; i < 2; i++) {
      await settle();
      release();
    }
    expect(await first).toEqual(STORED);
    const rejected = [{ row: 1, reason: 'invalidTimestamp' }];
    expect(await Promise.all(others)).toEqual([
      { kind: 'stored', rejected },
      { kind: 'stored', rejected },
    ]);
  });

  test('refuses the jobs that it could not send when it must stop waiting', async () => {
    const { queue, giveUp, release } = startLane({ commits: [lost], isSlow: true });
    const outcome = submit(queue, 1);
    await settle();
    giveUp.abort();
    release();
    expect(await outcome).toEqual({ kind: 'refused', reason: 'INVALID_TXN_STATE' });
  });

  test('keeps jobs waiting that come meanwhile, but not for ever', async () => {
    const { clock, queue, release } = startLane({ isSlow: true });
    const first = submit(queue, 1);
    await settle();
    const late = submit(queue, 1);
    await clock.advance(15_000);
    const reason = 'Kafka accepts no records at the moment';
    expect(await late).toEqual({ kind: 'refused', reason });
    release();
    expect(await first).toEqual(STORED);
  });
});

describe('a queue', () => {
  test('refuses everything once it is closed', async () => {
    const queue = new PushQueue(createManualClock(), 10);
    const waiting = submit(queue, 1);
    queue.close();
    const refused = { kind: 'refused', reason: 'the exporter is stopping' };
    expect(await waiting).toEqual(refused);
    expect(await submit(queue, 1)).toEqual(refused);
    expect(await queue.take()).toEqual([]);
  });

  test('gives out no more rows together than a transaction may have', async () => {
    const queue = new PushQueue(createManualClock(), 10);
    for (const rows of [4, 4, 4, 20, 1]) void submit(queue, rows);
    const groups: number[][] = [];
    for (let i = 0; i < 4; i++) groups.push((await queue.take()).map(({ batch }) => batch.numRows));
    expect(groups).toEqual([[4, 4], [4], [20], [1]]);
    queue.close();
  });
});
