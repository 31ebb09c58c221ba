import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../../../deepflow/data-sources.ts';
import { FRESH_MEMORY, type Memory } from '../../../../lib/buffer-pool.ts';
import type { ReadingConfig } from '../../../contract/exporter-config.ts';
import { type ReadRequest, type RecordSource, SourceError } from '../../source.ts';
import { AddressError } from '../errors/address-error.ts';
import { readArrowRows, readArrowStream } from './arrow-stream.ts';
import type { ClickHouseAddresses } from '../addresses/clickhouse-addresses.ts';
import { clickHouseProblem } from '../errors/clickhouse-problem.ts';
import {
  checkQuery,
  columnsQuery,
  countQuery,
  earliestQuery,
  nextRowQuery,
  windowQuery,
} from './row-query.ts';

/**
 * Reads DeepFlow's tables through ClickHouse's HTTP interface.
 *
 * @param memory for the blocks that are read.
 */
export function createClickHouseSource(
  config: Pick<ReadingConfig['clickHouse'], 'organizationId' | 'importedSpans'>,
  addresses: ClickHouseAddresses,
  memory: Memory = FRESH_MEMORY,
): RecordSource {
  const { organizationId, importedSpans } = config;
  const wrap = (error: unknown, dataSource: DataSource): unknown =>
    error instanceof AddressError
      ? new SourceError(clickHouseProblem(error, { dataSource, organizationId }), error)
      : error;
  const rowsOf = async (
    dataSource: DataSource,
    query: string,
    signal?: AbortSignal,
  ): Promise<SmallAnswer> => {
    try {
      return await askRows(addresses, query, signal);
    } catch (error) {
      throw wrap(error, dataSource);
    }
  };

  return {
    check: async (dataSource, columns, where) => {
      const query = checkQuery({ dataSource, organizationId, columns, where, importedSpans });
      try {
        await addresses.ask((queries) => queries.check(query));
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    columns: async (dataSource) => {
      const rows = await rowsOf(dataSource, columnsQuery({ dataSource, organizationId }));
      return new Map(rows.map(({ name, type }) => [String(name), String(type)]));
    },
    earliest: async (dataSource) => {
      const [row] = await rowsOf(dataSource, earliestQuery({ dataSource, organizationId }));
      return Number(row?.['found'] ?? 0) === 0 ? undefined : Number(row?.['seconds']);
    },
    nextRow: async (dataSource, second, signal) => {
      const query = nextRowQuery({ dataSource, organizationId }, second);
      const [row] = await rowsOf(dataSource, query, signal);
      return row === undefined ? undefined : Number(row['seconds']);
    },
    counts: async ({ dataSource, where, window }, signal) => {
      const query = countQuery({ dataSource, organizationId, where, importedSpans }, window);
      const rows = await rowsOf(dataSource, query, signal);
      return new Map(rows.map(({ second, rows: count }) => [Number(second), Number(count)]));
    },
    read: async function* (request: ReadRequest, signal: AbortSignal): AsyncGenerator<RecordBatch> {
      const { dataSource, columns, hash, where, window } = request;
      const rows = { dataSource, organizationId, columns, hash, where, importedSpans };
      try {
        yield* addresses.read(async function* (queries) {
          const stream = await queries.select(windowQuery(rows, window), signal);
          yield* readArrowStream(stream, memory);
        }, signal);
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
  };
}

type SmallAnswer = readonly Readonly<Record<string, unknown>>[];

/**
 * The rows of a small, complete answer. It uses Arrow, since a JSON answer that ends early cannot
 * be recognised.
 */
function askRows(
  addresses: ClickHouseAddresses,
  query: string,
  signal: AbortSignal | undefined,
): Promise<SmallAnswer> {
  return addresses.ask(
    async (queries) => readArrowRows(await queries.select(query, signal)),
    signal,
  );
}
