import type { ClickHouseClient, ExecParams } from '@clickhouse/client';
import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import { FRESH_MEMORY, type Memory } from '../../../lib/buffer-pool.ts';
import type { ReadingConfig } from '../../contract/exporter-config.ts';
import { type ReadRequest, type RecordSource, SourceError } from '../source.ts';
import { readArrowRows, readArrowStream } from './arrow-stream.ts';
import { READ_SETTINGS } from './clickhouse-client.ts';
import { clickHouseProblem } from './clickhouse-problem.ts';
import { checkQuery, columnsQuery, countQuery, earliestQuery, windowQuery } from './query.ts';

/**
 * Reads DeepFlow's tables through ClickHouse's HTTP interface.
 *
 * @param memory for the blocks that are read.
 */
export function createClickHouseSource(
  config: Pick<ReadingConfig['clickHouse'], 'url' | 'organizationId' | 'importedSpans'>,
  client: () => ClickHouseClient,
  memory: Memory = FRESH_MEMORY,
): RecordSource {
  const { url, organizationId, importedSpans } = config;
  const wrap = (error: unknown, dataSource: DataSource): SourceError =>
    error instanceof SourceError
      ? error
      : new SourceError(clickHouseProblem(error, url, { dataSource, organizationId }), error);
  /** The rows of a small answer, which came whole: one of JSON may lack its end unseen. */
  const rowsOf = async (
    dataSource: DataSource,
    query: string,
    options: Pick<ExecParams, 'query_params' | 'abort_signal'> = {},
  ): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    try {
      const { stream } = await client().exec({
        ...options,
        query: `${query} FORMAT ArrowStream`,
        clickhouse_settings: READ_SETTINGS,
      });
      return await readArrowRows(stream);
    } catch (error) {
      throw wrap(error, dataSource);
    }
  };

  return {
    check: async (dataSource, columns, where) => {
      const query = checkQuery({ dataSource, organizationId, columns, where, importedSpans });
      try {
        await client().command({
          query,
          clickhouse_settings: { max_query_size: READ_SETTINGS.max_query_size },
        });
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
    counts: async ({ dataSource, where, window }, signal) => {
      const query = countQuery({ dataSource, organizationId, where, importedSpans });
      const rows = await rowsOf(dataSource, query, {
        query_params: { from: window.from, to: window.to },
        abort_signal: signal,
      });
      return new Map(rows.map(({ second, rows: count }) => [Number(second), Number(count)]));
    },
    read: async function* (request: ReadRequest, signal: AbortSignal): AsyncGenerator<RecordBatch> {
      const { dataSource, columns, hashed, where, window } = request;
      const rows = { dataSource, organizationId, columns, hashed, where, importedSpans };
      try {
        const { stream } = await client().exec({
          query: windowQuery(rows),
          query_params: { from: window.from, to: window.to },
          abort_signal: signal,
          clickhouse_settings: READ_SETTINGS,
        });
        yield* readArrowStream(stream, memory);
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
  };
}
