import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { type ReadRequest, type RecordSource, SourceError } from '../source.ts';
import { readArrowStream } from './arrow-stream.ts';
import { clickHouseProblem } from './clickhouse-problem.ts';
import { checkQuery, earliestQuery, windowQuery } from './query.ts';

/** Longest silence of ClickHouse within a query. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Rows of one Arrow batch: bounds memory, as a row of l7_flow_log is about a kilobyte. */
const BLOCK_ROWS = 8_192;

/** Reads DeepFlow's tables through ClickHouse's HTTP interface. */
export function createClickHouseSource(
  config: ExporterConfig['clickHouse'],
  credentials: () => Credentials,
): RecordSource {
  const { url } = config;
  const client = rotatingClient(config, credentials);
  const wrap = (error: unknown, dataSource: DataSource): SourceError =>
    error instanceof SourceError
      ? error
      : new SourceError(clickHouseProblem(error, url, dataSource), error);

  return {
    check: async (dataSource, columns) => {
      try {
        await client().command({ query: checkQuery(dataSource, columns) });
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    earliest: async (dataSource) => {
      try {
        const result = await client().query({
          query: earliestQuery(dataSource),
          format: 'JSONEachRow',
        });
        const [row] = await result.json<{ seconds: number; found: number }>();
        return row === undefined || row.found === 0 ? undefined : row.seconds;
      } catch (error) {
        throw wrap(error, dataSource);
      }
    },
    read: async function* (request: ReadRequest, signal: AbortSignal): AsyncGenerator<RecordBatch> {
      const { dataSource, columns, window } = request;
      try {
        const { stream } = await client().exec({
          query: windowQuery(dataSource, columns),
          query_params: { from: window.from, to: window.to },
          abort_signal: signal,
          clickhouse_settings: {
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

/** A client that is made again when the credentials change; the old one ends with its last query. */
function rotatingClient(
  config: ExporterConfig['clickHouse'],
  credentials: () => Credentials,
): () => ClickHouseClient {
  let client: ClickHouseClient | undefined;
  let username: string | undefined;
  let password: string | undefined;
  return () => {
    const now = credentials();
    if (
      client === undefined ||
      now.clickHouseUsername !== username ||
      now.clickHousePassword !== password
    ) {
      username = now.clickHouseUsername;
      password = now.clickHousePassword;
      client = createClient({
        url: config.url,
        application: 'deepflow-kafka-exporter',
        request_timeout: REQUEST_TIMEOUT_MS,
        ...(config.authenticated ? { username: username ?? '', password: password ?? '' } : {}),
        log: { level: 127 },
      });
    }
    return client;
  };
}
