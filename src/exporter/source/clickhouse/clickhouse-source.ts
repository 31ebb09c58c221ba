import type { ClickHouseClient } from '@clickhouse/client';
import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { type ReadRequest, type RecordSource, SourceError } from '../source.ts';
import { readArrowStream } from './arrow-stream.ts';
import { clickHouseProblem } from './clickhouse-problem.ts';
import { checkQuery, columnsQuery, earliestQuery, windowQuery } from './query.ts';

/** Rows of one Arrow batch: bounds memory, as a row of l7_flow_log is about a kilobyte. */
const BLOCK_ROWS = 8_192;
/** Longest query; ClickHouse's own bound of 256 KiB is less than a filter may have. */
const QUERY_BYTES = String(8 * 1_048_576);

/** Reads DeepFlow's tables through ClickHouse's HTTP interface. */
export function createClickHouseSource(
  config: Pick<ExporterConfig['clickHouse'], 'url' | 'organizationId' | 'importedSpans'>,
  client: () => ClickHouseClient,
): RecordSource {
  const { url, organizationId, importedSpans } = config;
  const wrap = (error: unknown, dataSource: DataSource): SourceError =>
    error instanceof SourceError
      ? error
      : new SourceError(clickHouseProblem(error, url, { dataSource, organizationId }), error);

  return {
    check: async (dataSource, columns, where) => {
      try {
        const query = checkQuery({ dataSource, organizationId, columns, where, importedSpans });
        await client().command({ query, clickhouse_settings: { max_query_size: QUERY_BYTES } });
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    columns: async (dataSource) => {
      try {
        const result = await client().query({
          query: columnsQuery({ dataSource, organizationId }),
          format: 'JSONEachRow',
        });
        const rows = await result.json<{ name: string; type: string }>();
        return new Map(rows.map(({ name, type }) => [name, type]));
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    earliest: async (dataSource) => {
      try {
        const result = await client().query({
          query: earliestQuery({ dataSource, organizationId }),
          format: 'JSONEachRow',
        });
        const [row] = await result.json<{ seconds: number; found: number }>();
        return row === undefined || row.found === 0 ? undefined : row.seconds;
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    read: async function* (request: ReadRequest, signal: AbortSignal): AsyncGenerator<RecordBatch> {
      const { dataSource, columns, where, window } = request;
      try {
        const { stream } = await client().exec({
          query: windowQuery({ dataSource, organizationId, columns, where, importedSpans }),
          query_params: { from: window.from, to: window.to },
          abort_signal: signal,
          clickhouse_settings: {
            max_query_size: QUERY_BYTES,
            max_block_size: String(BLOCK_ROWS),
            output_format_arrow_compression_method: 'none',
            output_format_arrow_string_as_string: 1,
          },
        });
        yield* readArrowStream(stream);
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
  };
}
