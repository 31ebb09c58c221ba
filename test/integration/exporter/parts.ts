import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, type RowsRequest } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import type { KafkaData } from '../../harness/kafka/kafka-data.ts';
import { type Comparison, compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import {
  createPlace,
  type Place,
  type PlaceUser,
  readRecords,
  runExporter,
  type RunningExporter,
} from './exporter-under-test.ts';

/** Calls: what a test exports that is about no data source. */
export const L7 = 'flow_log.l7_flow_log';

/** Takes what ends a part, to be done with its test: `onTestFinished`. */
export type OnEnd = (end: () => Promise<void>) => void;

/** A ClickHouse with DeepFlow's tables. */
export async function startTables(): Promise<ClickHouseHandle> {
  const clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  return clickHouse;
}

/** Rows that end now, of calls unless it is said of what. */
export function recentRows(
  rows: Pick<RowsRequest, 'seed' | 'rows'> & Partial<RowsRequest> & { readonly seconds?: number },
): RowsRequest {
  const { seconds = 5, ...request } = rows;
  const toMicros = Date.now() * 1000;
  return {
    dataSource: L7,
    firstRow: 0,
    fromMicros: toMicros - seconds * 1e6,
    toMicros,
    ...request,
  };
}

/** A place that is removed at the end, with a topic of so many partitions for each data source. */
export async function newPlace(
  onEnd: OnEnd,
  { kafka, clickHouse }: { readonly kafka: KafkaData; readonly clickHouse: ClickHouseHandle },
  topics: {
    readonly partitions: number;
    readonly dataSources?: readonly string[];
    readonly config?: Readonly<Record<string, string>>;
    readonly users?: PlaceUser | undefined;
  },
): Promise<Place> {
  const { partitions, dataSources = [L7], config, users } = topics;
  const place = await createPlace(kafka, clickHouse, users);
  onEnd(() => place.remove());
  const { createTopic } = kafkaFrom(kafka);
  for (const name of dataSources) await createTopic(`${place.prefix}${name}`, partitions, config);
  return place;
}

/** Starts the exporter of a place with a configuration; it is stopped at the end, if it was not before. */
export async function startIn(
  onEnd: OnEnd,
  place: Place,
  config: ExporterConfig,
): Promise<RunningExporter> {
  await place.writeConfig(config);
  const running = await runExporter(place);
  onEnd(() => running.exporter.stop());
  return running;
}

/** Compares the rows of calls with the records of their topic, once there are so many. */
export async function compareWithTable(
  place: Place,
  { kafka, clickHouse }: { readonly kafka: KafkaData; readonly clickHouse: ClickHouseHandle },
  count: number,
): Promise<Comparison> {
  const { values } = await readRecords(place, kafka, { dataSource: L7, count });
  return compareRecords(await expectedRecords(clickHouse, L7), values);
}

/** What comparing says when each of so many rows came once. */
export function eachOnce(rows: number): Comparison {
  const none = { missing: [], missingCount: 0, foreign: [], foreignCount: 0, repeated: 0 };
  return { expected: rows, found: rows, ...none };
}
