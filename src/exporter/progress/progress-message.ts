import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../../deepflow/data-sources.ts';
import type { RecordsSection } from '../encode/encoded-batch.ts';
import type { Layout, Period } from '../schedule/time-layout.ts';
import { varintSize, writeVarint } from '../encode/bytes/varint.ts';

/** The KafkaExporter that progress belongs to. */
export interface ProgressOwner {
  /** The UID of the resource: no two resources have the same UID, in any cluster. */
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/**
 * A message in a shard's partition of the checkpoint topic. The words of its key name its kind:
 * - `start <data source>`: the first second that is exported; only in partition 0
 * - `layout`: the time layout, and the period that is announced; only in partition 0
 * - `barrier`: the second that this shard must not pass before a new period of the layout begins
 *   there, or later
 * - `done <data source>`: every second of this shard before it is final
 * - `opened`: the fencing marker of the last owner, so that a reader knows when it has read all
 *   earlier messages
 * - `owner`: the KafkaExporter that the progress belongs to
 * - `sent <data source> <second> <part>`: hashes of rows of a second that is not final, in parts of
 *   bounded size
 */
export type ProgressMessage =
  | { readonly kind: 'start' | 'done'; readonly dataSource: DataSource; readonly second: number }
  | { readonly kind: 'layout'; readonly periods: Layout; readonly next?: Period | undefined }
  | { readonly kind: 'barrier'; readonly second: number }
  | { readonly kind: 'opened'; readonly marker: string }
  | { readonly kind: 'owner'; readonly owner: ProgressOwner }
  | {
      readonly kind: 'sent';
      readonly dataSource: DataSource;
      readonly second: number;
      readonly part: number;
      /**
       * The number of the columns that were hashed, and the hashes. Undefined: deleted, since the
       * second is final.
       */
      readonly rows: { readonly columns: number; readonly hashes: Buffer } | undefined;
    };

/** Bytes of a part's value before the hashes: version and number of the columns. */
const SENT_HEAD_BYTES = 5;
const VERSION = 1;
const dataSourceSchema = z.enum(DATA_SOURCES);
const secondSchema = z.object({ version: z.literal(VERSION), second: z.int().min(0) });
const openedSchema = z.object({ version: z.literal(VERSION), opening: z.string() });
const ownerSchema = z.object({
  version: z.literal(VERSION),
  id: z.string(),
  name: z.string(),
});
const periodSchema = z.object({ from: z.int().min(0), shards: z.int().min(1) });
const layoutSchema = z.object({
  version: z.literal(VERSION),
  periods: z.array(periodSchema).min(1),
  next: periodSchema.optional(),
});

/** The key and value of a message in the topic. A value of null deletes the key (compaction). */
function encode(message: ProgressMessage): { readonly key: string; readonly value: Buffer | null } {
  switch (message.kind) {
    case 'layout':
      return {
        key: 'layout',
        value: json({ version: VERSION, periods: message.periods, next: message.next }),
      };
    case 'barrier':
      return { key: 'barrier', value: json({ version: VERSION, second: message.second }) };
    case 'opened':
      return { key: 'opened', value: json({ version: VERSION, opening: message.marker }) };
    case 'owner': {
      const { id, name } = message.owner;
      return { key: 'owner', value: json({ version: VERSION, id, name }) };
    }
    case 'start':
    case 'done':
      return {
        key: `${message.kind} ${message.dataSource}`,
        value: json({ version: VERSION, second: message.second }),
      };
    case 'sent': {
      const { dataSource, second, part, rows } = message;
      const key = `sent ${dataSource} ${second} ${part}`;
      if (rows === undefined) return { key, value: null };
      const head = Buffer.alloc(SENT_HEAD_BYTES);
      head.writeUInt8(VERSION, 0);
      head.writeUInt32LE(rows.columns, 1);
      return { key, value: Buffer.concat([head, rows.hashes]) };
    }
  }
}

/** Messages as the records section of one batch. */
export function progressRecords(
  messages: readonly ProgressMessage[],
  nowMs: number,
): RecordsSection {
  const records = messages.map((message, offset) => {
    const { key, value } = encode(message);
    return record(offset, Buffer.from(key), value);
  });
  return {
    records: records.length,
    bytes: Buffer.concat(records),
    compression: 'none',
    baseTimestampMs: nowMs,
    maxTimestampMs: nowMs,
  };
}

/**
 * Parses a message. Undefined when the message has an unknown form, which a newer exporter may have
 * written, or names an unknown data source.
 */
export function parseProgress(
  key: Buffer | null,
  value: Buffer | null,
): ProgressMessage | undefined {
  const [kind, name, second, part] = (key?.toString() ?? '').split(' ');
  if (kind === 'layout') {
    const layout = layoutSchema.safeParse(parseJson(value));
    if (!layout.success) return undefined;
    const { periods, next } = layout.data;
    return { kind, periods, ...(next === undefined ? {} : { next }) };
  }
  if (kind === 'barrier') {
    const barrier = secondSchema.safeParse(parseJson(value));
    return barrier.success ? { kind, second: barrier.data.second } : undefined;
  }
  if (kind === 'opened') {
    const opened = openedSchema.safeParse(parseJson(value));
    return opened.success ? { kind, marker: opened.data.opening } : undefined;
  }
  if (kind === 'owner') {
    const owner = ownerSchema.safeParse(parseJson(value));
    if (!owner.success) return undefined;
    return { kind, owner: { id: owner.data.id, name: owner.data.name } };
  }
  const dataSource = dataSourceSchema.safeParse(name).data;
  if (dataSource === undefined) return undefined;
  if (kind === 'start' || kind === 'done') {
    const parsed = secondSchema.safeParse(parseJson(value));
    return parsed.success ? { kind, dataSource, second: parsed.data.second } : undefined;
  }
  if (kind !== 'sent' || second === undefined || part === undefined) return undefined;
  const place = { kind, dataSource, second: Number(second), part: Number(part) } as const;
  if (value === null) return { ...place, rows: undefined };
  if (value.length < SENT_HEAD_BYTES || value.readUInt8(0) !== VERSION) return undefined;
  const rows = { columns: value.readUInt32LE(1), hashes: value.subarray(SENT_HEAD_BYTES) };
  return { ...place, rows };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parseJson(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString() ?? '');
  } catch {
    return undefined;
  }
}

const NULL_LENGTH = -1;

/** `length attributes timestampDelta offsetDelta keyLength key valueLength value headersCount`. */
function record(offsetDelta: number, key: Buffer, value: Buffer | null): Buffer {
  const valueLength = value?.length ?? NULL_LENGTH;
  const body =
    2 +
    varintSize(offsetDelta) +
    varintSize(key.length) +
    key.length +
    varintSize(valueLength) +
    (value?.length ?? 0) +
    1;
  const bytes = Buffer.alloc(varintSize(body) + body);
  let at = writeVarint(bytes, 0, body);
  at += 2; // attributes and timestamp delta are 0
  at = writeVarint(bytes, at, offsetDelta);
  at = writeVarint(bytes, at, key.length);
  at += key.copy(bytes, at);
  at = writeVarint(bytes, at, valueLength);
  value?.copy(bytes, at);
  return bytes;
}
