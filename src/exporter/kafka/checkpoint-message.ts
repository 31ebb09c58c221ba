import { z } from 'zod';
import { DATA_SOURCES, type DataSource } from '../../deepflow/data-sources.ts';
import type { Checkpoints } from '../checkpoint/checkpoint-store.ts';
import type { RecordsSection } from '../encode/encoded-batch.ts';
import { varintSize, writeVarint } from '../encode/varint.ts';

const valueSchema = z.object({ version: z.literal(1), deliveredUpTo: z.int().min(0) });
const dataSourceSchema = z.enum(DATA_SOURCES);

/**
 * Checkpoints as messages of the compacted checkpoint topic: the key is the data source, the value
 * `{"version":1,"deliveredUpTo":<seconds since the Unix epoch>}`.
 */
export function checkpointRecords(checkpoints: Checkpoints, nowMs: number): RecordsSection {
  const records = [...checkpoints].map(([dataSource, deliveredUpTo], offset) =>
    record(
      offset,
      Buffer.from(dataSource),
      Buffer.from(JSON.stringify({ version: 1, deliveredUpTo })),
    ),
  );
  return {
    records: records.length,
    bytes: Buffer.concat(records),
    compression: 'none',
    baseTimestampMs: nowMs,
    maxTimestampMs: nowMs,
  };
}

/**
 * Reads back one message of the checkpoint topic. Undefined for a message of a data source that is not
 * known, or of another form: a newer exporter may have written it.
 */
export function parseCheckpoint(
  key: Buffer | null,
  value: Buffer | null,
): readonly [DataSource, number] | undefined {
  const dataSource = dataSourceSchema.safeParse(key?.toString());
  if (!dataSource.success || value === null) return undefined;
  const parsed = valueSchema.safeParse(parseJson(value.toString()));
  return parsed.success ? [dataSource.data, parsed.data.deliveredUpTo] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `length attributes timestampDelta offsetDelta keyLength key valueLength value headersCount`. */
function record(offsetDelta: number, key: Buffer, value: Buffer): Buffer {
  const body =
    2 +
    varintSize(offsetDelta) +
    varintSize(key.length) +
    key.length +
    varintSize(value.length) +
    value.length +
    1;
  const bytes = Buffer.alloc(varintSize(body) + body);
  let at = writeVarint(bytes, 0, body);
  at += 2; // attributes and timestamp delta are 0
  at = writeVarint(bytes, at, offsetDelta);
  at = writeVarint(bytes, at, key.length);
  at += key.copy(bytes, at);
  at = writeVarint(bytes, at, value.length);
  value.copy(bytes, at);
  return bytes;
}
