import { describe, expect, test } from 'vitest';
import { createLanes } from '../../../src/exporter/delivery/lanes.ts';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { noFaults } from '../../../src/exporter/encode/value-faults.ts';
import { settle } from '../../lib/manual-clock.ts';

const LIMITS = { lanes: 2, recordsPerLane: 10, bytes: 1_000 };

function batch(records: number, bytes = 1): EncodedBatch {
  return {
    dataSource: 'flow_log.l7_flow_log',
    records,
    bytes: Buffer.alloc(bytes),
    compression: 'none',
    baseTimestampMs: 0,
    maxTimestampMs: 0,
    faults: noFaults(),
  };
}

/** Deliveries that end when the test says so. */
function heldDeliveries(): {
  readonly deliver: (batch: EncodedBatch, lane: number) => Promise<boolean>;
  readonly lanes: number[];
  finishNext(isDelivered: boolean): void;
} {
  const held: ((isDelivered: boolean) => void)[] = [];
  const lanes: number[] = [];
  return {
    lanes,
    deliver: (_batch, lane) => {
      lanes.push(lane);
      return new Promise((resolve) => {
        held.push(resolve);
      });
    },
    finishNext: (isDelivered) => held.shift()?.(isDelivered),
  };
}

describe('lanes', () => {
  test('deliver in parallel, one batch a lane at a time', async () => {
    const deliveries = heldDeliveries();
    const lanes = createLanes(deliveries.deliver, LIMITS);
    for (let i = 0; i < 4; i++) await lanes.submit(batch(2), () => undefined);
    expect(deliveries.lanes).toEqual([0, 1]);
    deliveries.finishNext(true);
    await settle();
    expect(deliveries.lanes).toEqual([0, 1, 0]);
  });

  test.each([
    ['records', batch(10), batch(10), batch(1)],
    ['bytes', batch(1, 600), batch(1, 300), batch(1, 200)],
  ])('make the source wait when they are full of %s', async (_name, first, second, third) => {
    const deliveries = heldDeliveries();
    const lanes = createLanes(deliveries.deliver, LIMITS);
    await lanes.submit(first, () => undefined);
    await lanes.submit(second, () => undefined);
    let isTaken = false;
    const submitted = lanes
      .submit(third, () => undefined)
      .then(() => {
        isTaken = true;
      });
    await settle();
    expect(isTaken).toBe(false);
    deliveries.finishNext(true);
    await submitted;
    expect(isTaken).toBe(true);
  });

  test('take a batch that is larger than their bounds when they are empty', async () => {
    const deliveries = heldDeliveries();
    const lanes = createLanes(deliveries.deliver, LIMITS);
    await lanes.submit(batch(50, 5_000), () => undefined);
    expect(lanes.queuedRecords()).toBe(50);
  });

  test('tell of a batch only when Kafka has it', async () => {
    const deliveries = heldDeliveries();
    const lanes = createLanes(deliveries.deliver, LIMITS);
    const told: string[] = [];
    await lanes.submit(batch(1), () => told.push('first'));
    await lanes.submit(batch(1), () => told.push('second'));
    deliveries.finishNext(false);
    deliveries.finishNext(true);
    await lanes.idle();
    expect(told).toEqual(['second']);
    expect(lanes.queuedRecords()).toBe(0);
  });
});
