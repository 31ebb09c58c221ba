import type { EncodedBatch } from '../encode/encoded-batch.ts';

/** Delivers a batch: resolves true when Kafka has it, false only when the exporter is told to stop. */
export type Deliver = (batch: EncodedBatch, lane: number) => Promise<boolean>;

/** Bounds of the waiting batches. Full means that the source waits. */
export interface LaneLimits {
  readonly lanes: number;
  /** Records that may wait in one lane. */
  readonly recordsPerLane: number;
  /** Bytes that may wait in all lanes together. */
  readonly bytes: number;
}

/** Parallel ways to Kafka. */
export interface Lanes {
  /** Puts a batch into the emptiest lane, once there is room. */
  submit(batch: EncodedBatch, onDelivered: () => void): Promise<void>;
  /** Records that wait or are on their way. */
  queuedRecords(): number;
  /** Resolves when every lane is empty or has been told to stop. */
  idle(): Promise<void>;
}

interface Item {
  readonly batch: EncodedBatch;
  readonly onDelivered: () => void;
}

interface Lane {
  readonly items: Item[];
  records: number;
  running: Promise<void> | undefined;
}

/**
 * Lanes that deliver one batch after the other each. A batch larger than a limit passes alone. The
 * bounds count a batch until Kafka has acknowledged it.
 */
export function createLanes(deliver: Deliver, limits: LaneLimits): Lanes {
  const lanes = Array.from(
    { length: limits.lanes },
    (): Lane => ({
      items: [],
      records: 0,
      running: undefined,
    }),
  );
  let bytes = 0;
  const waiting: (() => void)[] = [];

  const roomFor = (batch: EncodedBatch): Lane | undefined => {
    const emptiest = lanes.reduce((best, lane) => (lane.records < best.records ? lane : best));
    const fitsLane =
      emptiest.records === 0 || emptiest.records + batch.records <= limits.recordsPerLane;
    const fitsBytes = bytes === 0 || bytes + batch.bytes.length <= limits.bytes;
    return fitsLane && fitsBytes ? emptiest : undefined;
  };
  const run = async (lane: Lane): Promise<void> => {
    for (let item = lane.items.shift(); item !== undefined; item = lane.items.shift()) {
      const isDelivered = await deliver(item.batch, lanes.indexOf(lane));
      lane.records -= item.batch.records;
      bytes -= item.batch.bytes.length;
      if (isDelivered) item.onDelivered();
      for (const wake of waiting.splice(0)) wake();
    }
    lane.running = undefined;
  };

  return {
    submit: async (batch, onDelivered) => {
      let lane = roomFor(batch);
      while (lane === undefined) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
        lane = roomFor(batch);
      }
      lane.items.push({ batch, onDelivered });
      lane.records += batch.records;
      bytes += batch.bytes.length;
      lane.running ??= run(lane);
    },
    queuedRecords: () => lanes.reduce((sum, lane) => sum + lane.records, 0),
    idle: async () => {
      for (const lane of lanes) while (lane.running !== undefined) await lane.running;
    },
  };
}
