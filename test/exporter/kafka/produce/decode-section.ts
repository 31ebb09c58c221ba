import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import type { RecordsSection } from '../../../../src/exporter/encode/encoded-batch.ts';
import {
  type Compression,
  compressRecords,
  recordBatch,
} from '../../../../src/exporter/kafka/produce/record-batch.ts';
import { FRESH_MEMORY } from '../../../../src/lib/buffer-pool.ts';

const SEQUENCE = { producer: { id: '7', epoch: 0, transactionalId: 'test' }, first: 0 };

/** The records of a section as kafkajs reads them back from a whole batch. */
export async function decodeSection(
  section: RecordsSection,
  compression: Compression = 'none',
): Promise<Awaited<ReturnType<typeof decodeRecordBatch>>['records']> {
  const records = await compressRecords(section, compression, FRESH_MEMORY);
  const { bytes } = recordBatch(records, SEQUENCE);
  return (await decodeRecordBatch(new Decoder(bytes))).records;
}
