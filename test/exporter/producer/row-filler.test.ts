import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { keyFieldOf } from '../../../src/deepflow/fields/key-field.ts';
import { BatchBuilder, type BatchFormat } from '../../../src/exporter/encode/batch-builder.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { partitionForKey } from '../../../src/exporter/kafka/produce/murmur2.ts';
import { poisonedMemory } from '../../lib/poisoned-memory.ts';
import { RowFiller } from '../../../src/exporter/producer/row-filler.ts';
import { decompressLz4Frame } from '../../harness/kafka/lz4-frame.ts';
import { type AnyRows, anyRows, type Cell } from '../encode/any-columns.ts';
import { arrowColumns } from '../encode/arrow-columns.ts';
import { encoderRequest } from '../encode/encoder-request.ts';
import { decodeSection } from '../kafka/produce/decode-section.ts';

const L7 = 'flow_log.l7_flow_log';
const LIMITS = { records: 1_000, bytes: 100_000_000 };

interface Sent {
  readonly batch: EncodedBatch;
  readonly partition: number | undefined;
}

/** A record as a consumer gets it, decoded as latin1, which keeps every byte. */
interface Consumed {
  readonly key: string | undefined;
  readonly value: string;
  readonly partition: number | undefined;
}

async function consume({ batch, partition }: Sent): Promise<readonly Consumed[]> {
  const bytes = batch.compression === 'lz4' ? decompressLz4Frame(batch.bytes) : batch.bytes;
  const section = { ...batch, bytes, room: undefined, compression: 'none' } as const;
  const records = await decodeSection(section);
  return records.map(({ key, value }) => ({
    key: key?.toString('latin1'),
    value: value.toString('latin1'),
    partition,
  }));
}

interface Sending {
  readonly dataSource: DataSource;
  readonly keyField?: string | undefined;
  readonly format: BatchFormat;
  readonly partitions: number;
  readonly limits?: typeof LIMITS;
}

/** Sends batches of columns as a window does. */
async function send(
  { dataSource, keyField, format, partitions, limits = LIMITS }: Sending,
  batches: readonly ReturnType<AnyRows['batch']>[],
  isNew: (row: number) => boolean = () => true,
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const encoder = compileEncoder(encoderRequest(dataSource, { keyField }));
  const producer = {
    size: { bytes: Infinity, batchBytes: Infinity },
    send: (batch: EncodedBatch, partition?: number) => {
      sent.push({ batch, partition });
      return Promise.resolve();
    },
    partitioner: () => Promise.resolve((key: Uint8Array) => partitionForKey(key, partitions)),
  };
  const filler = new RowFiller(
    { producer, limits, format, memory: poisonedMemory },
    dataSource,
    encoder,
  );
  for (const batch of batches) await filler.addBatch(batch, { isNew, added: () => undefined });
  await filler.flush();
  return sent;
}

/** Fields of each form that can be keys, by the data sources that have them. */
const cases = DATA_SOURCES.flatMap((dataSource) => {
  const forms = new Map(
    fieldsOf(dataSource)
      .filter((field) => field.isStored && keyFieldOf(dataSource, field.key) !== undefined)
      .map((field) => [`${field.form} ${field.column}`, field]),
  );
  return [...forms.values()].map(({ key }) => ({ dataSource, keyField: key }));
});

const anyCase = fc
  .record({
    chosen: fc.constantFrom(...cases),
    format: fc.constantFrom<BatchFormat>('plain', 'lz4'),
    partitions: fc.integer({ min: 1, max: 300 }),
  })
  .chain(({ chosen, format, partitions }) =>
    anyRows(chosen.dataSource).map((rows) => ({ ...chosen, format, partitions, rows })),
  );

/** The key for a cell, for forms where it is simple. Undefined: no key. */
function keyText(cell: Cell | undefined): string | undefined {
  if (typeof cell === 'bigint') return String(cell);
  if (Buffer.isBuffer(cell) && cell.length > 0) return cell.toString('latin1');
  return undefined;
}

describe('records with keys', () => {
  test('are the records without them, each under its key and in the partition of its key', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ rows, ...sending }) => {
        const batches = [rows.batch(0, rows.rows)];
        const { keyField, ...unkeyed } = sending;
        const keyed = (await Promise.all((await send(sending, batches)).map(consume))).flat();
        const plain = (await Promise.all((await send(unkeyed, batches)).map(consume))).flat();
        for (const { key, partition } of keyed) {
          expect(partition).toBe(
            key === undefined
              ? undefined
              : partitionForKey(Buffer.from(key, 'latin1'), sending.partitions),
          );
        }
        const field = keyFieldOf(sending.dataSource, keyField);
        const isTold = field?.form === 'string' || field?.form === 'uint';
        const keyAt = (row: number) => (isTold ? keyText(rows.cell(field.column, row)) : undefined);
        const pairs = (pair: Pick<Consumed, 'key' | 'value'>) => {
          // The id 0 of a resource is not a key, but 0 of other fields is. Other tests check the
          // difference.
          const isKey = isTold && pair.key !== undefined && pair.key !== '0';
          return `${isKey ? pair.key : ''} ${pair.value}`;
        };
        const expected = plain.map(({ value }, row) => pairs({ key: keyAt(row), value }));
        expect(keyed.map(pairs).toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test.each([
    ['a text as it is', 'trace_id', { trace_id: 'a "b"\n' }, 'a "b"\n'],
    ['no key for an empty text', 'trace_id', { trace_id: '' }, undefined],
    ['a number in decimal', '_id', { _id: 18_446_744_073_709_551_615n }, '18446744073709551615'],
    ['a number that may be 0', 'server_port', { server_port: 0n }, '0'],
    ['the id of a resource, not its name', 'pod_id_1', { pod_id_1: 7n }, '7'],
    ['no key for the id 0, which is no resource', 'pod_id_1', { pod_id_1: 0n }, undefined],
    ['the code of an enum, not its name', 'l7_protocol', { l7_protocol: 20n }, '20'],
    ['no key for a number that is absent', 'request_id', { request_id: null }, undefined],
    ['an address as text', 'ip4_0', { ip4_0: 0x0a000001n }, '10.0.0.1'],
    ['no key for the address of IPv6 traffic', 'ip4_0', { ip4_0: 0n }, undefined],
    ['no key for the address of IPv4 traffic', 'ip6_1', { ip6_1: '00'.repeat(16) }, undefined],
    ['an IPv6 address as text', 'ip6_1', { ip6_1: `20010db8${'00'.repeat(11)}01` }, '2001:db8::1'],
  ])('%s', async (_name, keyField, row, key) => {
    const sending = { dataSource: L7, keyField, format: 'plain', partitions: 5 } as const;
    const [sent] = await send(sending, [arrowColumns(L7, [row])]);
    if (sent === undefined) throw new Error('the row is sent');
    expect((await consume(sent)).map((record) => record.key)).toEqual([key]);
  });

  test('of two batches of columns stay together when the second continues with the partition of the first', async () => {
    const rows = (ids: readonly string[]) =>
      arrowColumns(
        L7,
        ids.map((trace_id) => ({ trace_id })),
      );
    const sending = { dataSource: L7, keyField: 'trace_id', format: 'lz4', partitions: 7 } as const;
    const sent = await send(sending, [rows(['a', 'a']), rows(['a', 'b', 'a'])]);
    expect(sent.map(({ batch }) => batch.records)).toEqual([4, 1]);
  });

  test('leave out rows that were sent before, and ask for no partitions when there are no others', async () => {
    const batch = arrowColumns(L7, [{ trace_id: 'a' }, { trace_id: 'b' }, { trace_id: 'c' }]);
    const sending = {
      dataSource: L7,
      keyField: 'trace_id',
      format: 'plain',
      partitions: 3,
    } as const;
    const sent = await send(sending, [batch], (row) => row === 1);
    expect((await Promise.all(sent.map(consume))).flat().map(({ key }) => key)).toEqual(['b']);
    expect(await send(sending, [batch], () => false)).toEqual([]);
  });

  test('count for the size of their batch', () => {
    const encoder = compileEncoder(
      encoderRequest(L7, { keyField: 'trace_id', exportFields: ['_id'] }),
    );
    encoder.bind(arrowColumns(L7, [{ trace_id: 'k'.repeat(400) }, { trace_id: 'l'.repeat(400) }]));
    const builder = new BatchBuilder(
      { dataSource: L7, encoder },
      { records: 9, bytes: 800 },
      'plain',
    );
    expect([builder.add(0), builder.add(1)]).toEqual([true, false]);
    expect(builder.build().bytes.length).toBeLessThanOrEqual(800);
  });

  test('have none when their table lacks the column', () => {
    const available = new Set(['_id', 'end_time', 'time']);
    const request = { keyField: 'trace_id', available };
    expect(compileEncoder(encoderRequest(L7, request)).keys).toBeUndefined();
  });
});
