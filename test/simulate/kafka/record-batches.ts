/** A record of a batch. */
export interface StoredRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The fields of a record batch that a broker uses (KIP-98). */
export interface BatchHeader {
  readonly producerId: string;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly records: number;
  readonly isTransactional: boolean;
}

const TRANSACTIONAL_BIT = 0x10;
const ATTRIBUTES_AT = 21;
const PRODUCER_ID_AT = 43;
const EPOCH_AT = 51;
const SEQUENCE_AT = 53;
const COUNT_AT = 57;
const RECORDS_AT = 61;

/** The head of a batch without compression. */
export function batchHeader(batch: Buffer): BatchHeader {
  return {
    producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
    epoch: batch.readInt16BE(EPOCH_AT),
    firstSequence: batch.readInt32BE(SEQUENCE_AT),
    records: batch.readInt32BE(COUNT_AT),
    isTransactional: (batch.readInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL_BIT) !== 0,
  };
}

/** The records of a batch without compression. @throws when its bytes are not records. */
export function batchRecords(batch: Buffer): readonly StoredRecord[] {
  const { records } = batchHeader(batch);
  const found: StoredRecord[] = [];
  let at = RECORDS_AT;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = batch.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  };
  const bytes = (): Buffer | null => {
    const length = varint();
    if (length < 0) return null;
    at += length;
    if (at > batch.length) throw new Error('a record is longer than its batch');
    return batch.subarray(at - length, at);
  };
  for (let i = 0; i < records; i++) {
    const end = varint() + at;
    at++; // attributes
    varint(); // timestamp
    varint(); // offset
    found.push({ key: bytes(), value: bytes() });
    at = end;
  }
  return found;
}
