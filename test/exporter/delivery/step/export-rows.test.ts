import { describe, expect, test } from 'vitest';
import { poisonedMemory } from '../../../lib/poisoned-memory.ts';
import { exportRows, type ExportJob } from '../../../../src/exporter/delivery/step/export-rows.ts';
import { SentRows } from '../../../../src/exporter/progress/sent-rows.ts';
import { RowHashes } from '../../../../src/exporter/progress/row-hashes.ts';
import { hashNumber } from '../../../../src/exporter/source/row-hash.ts';
import { hashOf, MemoryKafka, MemoryTable, type StoredRow } from '../simulation.ts';

const L7 = 'flow_log.l7_flow_log';
const WINDOW = { from: 100, to: 110 };
const { signal } = new AbortController();

async function exporterOf(rows: readonly StoredRow[]) {
  const table = new MemoryTable();
  table.rows.push(...rows);
  const kafka = new MemoryKafka();
  const producer = kafka.producer(0);
  await producer.open(signal);
  const sentRows = new SentRows(L7);
  const look = async (hashed = table.prepared.hashed, isFinal = false) => {
    const job: ExportJob = {
      dataSource: L7,
      window: WINDOW,
      isWhole: isFinal,
      commitPart: () => Promise.resolve(true),
    };
    const exported = await exportRows(
      {
        source: table.source,
        table: { ...table.prepared, hashed },
        producer,
        sentRows,
        limits: { records: 100, bytes: 1_000_000 },
        format: 'plain',
        memory: poisonedMemory,
        signal,
      },
      job,
    );
    await producer.commit([]);
    for (const message of sentRows.messagesOf(exported.rows, exported.columns, 10_000))
      sentRows.apply(message);
    return { records: exported.records, unknown: exported.unknown };
  };
  return { table, kafka, sentRows, look };
}

describe('a window', () => {
  test('is sent whole the first time, and then only its late rows', async () => {
    const { table, kafka, look } = await exporterOf([
      { id: 1, second: 100 },
      { id: 2, second: 104 },
    ]);
    expect(await look()).toEqual({ records: 2, unknown: 0 });
    expect(await look()).toEqual({ records: 0, unknown: 0 });
    table.rows.unshift({ id: 3, second: 104 });
    expect(await look()).toEqual({ records: 1, unknown: 0 });
    expect(kafka.ids).toEqual([1, 2, 3]);
  });

  test('may get a late row that equals a sent row', async () => {
    const { table, kafka, look } = await exporterOf([{ id: 1, second: 100 }]);
    await look();
    table.rows.push({ id: 1, second: 100 });
    expect(await look()).toEqual({ records: 1, unknown: 0 });
    expect(kafka.ids).toEqual([1, 1]);
  });

  test('sends nothing twice when the table’s columns change, and counts rows that it cannot distinguish', async () => {
    const { table, kafka, look } = await exporterOf([{ id: 1, second: 100 }]);
    await look();
    table.rows.push({ id: 2, second: 100 }, { id: 3, second: 105 });
    expect(await look(new Map([...table.prepared.hashed, ['new', 'String']]))).toEqual({
      records: 1,
      unknown: 1,
    });
    expect(kafka.ids).toEqual([1, 3]);
  });

  test('sends nothing twice, and loses nothing, when its rows were sent with the first form of the hash', async () => {
    const { table, kafka, sentRows, look } = await exporterOf([
      { id: 1, second: 100 },
      { id: 1, second: 100 },
      { id: 2, second: 101 },
    ]);
    const columns = hashNumber('tuple', table.prepared.hashed);
    for (const [second, ids] of [
      [100, [1, 1]],
      [101, [2]],
    ] as const) {
      const hashes = new RowHashes();
      for (const id of ids) hashes.add(BigInt(hashOf('tuple', id)));
      const rows = { columns, hashes: hashes.toBytes(0, ids.length) };
      sentRows.apply({ kind: 'sent', dataSource: L7, second, part: 0, rows });
    }
    expect(await look()).toEqual({ records: 0, unknown: 0 });
    table.rows.unshift({ id: 1, second: 100 }, { id: 3, second: 100 });
    expect(await look()).toEqual({ records: 2, unknown: 0 });
    table.rows.push({ id: 3, second: 100 }, { id: 2, second: 101 }, { id: 4, second: 102 });
    expect(await look()).toEqual({ records: 3, unknown: 0 });
    expect(await look(undefined, true)).toEqual({ records: 0, unknown: 0 });
    expect(kafka.ids.toSorted()).toEqual([1, 2, 3, 3, 4]);
  });

  test('that is final leaves no hashes behind', async () => {
    const { sentRows, look } = await exporterOf([{ id: 1, second: 100 }]);
    expect(await look(undefined, true)).toEqual({ records: 1, unknown: 0 });
    expect(sentRows.hasSent(WINDOW.from, WINDOW.to)).toBe(false);
  });
});
