import { readVarint, varintSize, writeVarint } from '../../encode/bytes/varint.ts';
import type { RecordsSection } from '../../encode/encoded-batch.ts';
import { decompressRecords } from '../kafkajs/reading-codecs.ts';
import type { CompressedRecords } from './record-batch.ts';

/** A record without its length: `attributes timestampDelta offsetDelta` and the rest. */
interface ParsedRecord {
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly rest: Buffer;
}

/** A part of a batch, with the places of its records in the batch. */
export interface BatchPart {
  readonly section: RecordsSection;
  readonly places: readonly number[];
}

/**
 * Takes a batch apart that a broker has refused because of some of its records.
 *
 * @param refused the places of the refused records in the batch, as the broker names them (KIP-467);
 *   empty when it names none.
 * @returns the refused records, and the other ones; two halves when the broker names no record, or
 *   all. A part without records is absent.
 */
export async function takeApart(
  records: CompressedRecords,
  refused: readonly number[],
): Promise<{ readonly refused?: BatchPart | undefined; readonly others: readonly BatchPart[] }> {
  const { codec, section } = records;
  const parsed = parseRecords(await decompressRecords(codec, records.bytes));
  const part = (places: readonly number[]): BatchPart | undefined =>
    places.length === 0 ? undefined : { places, section: build(section, parsed, places) };
  const named = new Set(refused.filter((place) => place in parsed));
  const all = parsed.map((_, place) => place);
  if (named.size > 0) {
    const others = part(all.filter((place) => !named.has(place)));
    return {
      refused: part(all.filter((place) => named.has(place))),
      others: others === undefined ? [] : [others],
    };
  }
  const half = Math.ceil(all.length / 2);
  const halves = [part(all.slice(0, half)), part(all.slice(half))];
  return { others: halves.filter((each) => each !== undefined) };
}

function parseRecords(bytes: Buffer): readonly ParsedRecord[] {
  const records: ParsedRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = readVarint(bytes, at);
    const end = length.end + length.value;
    const timestampDelta = readVarint(bytes, length.end + 1);
    const offsetDelta = readVarint(bytes, timestampDelta.end);
    records.push({
      attributes: bytes[length.end] ?? 0,
      timestampDelta: timestampDelta.value,
      rest: bytes.subarray(offsetDelta.end, end),
    });
    at = end;
  }
  return records;
}

/** The records at these places as a section, which owns no memory. Only their offsets change. */
function build(
  { baseTimestampMs }: Pick<RecordsSection, 'baseTimestampMs'>,
  records: readonly ParsedRecord[],
  places: readonly number[],
): RecordsSection {
  const chosen = places.flatMap((place) => records[place] ?? []);
  return {
    records: chosen.length,
    bytes: Buffer.concat(chosen.map((record, offset) => encode(record, offset))),
    compression: 'none',
    baseTimestampMs,
    maxTimestampMs: baseTimestampMs + Math.max(...chosen.map((each) => each.timestampDelta)),
  };
}

function encode({ attributes, timestampDelta, rest }: ParsedRecord, offsetDelta: number): Buffer {
  const length = 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + rest.length;
  const bytes = Buffer.alloc(varintSize(length) + length);
  let at = writeVarint(bytes, 0, length);
  bytes[at++] = attributes;
  at = writeVarint(bytes, at, timestampDelta);
  at = writeVarint(bytes, at, offsetDelta);
  rest.copy(bytes, at);
  return bytes;
}
