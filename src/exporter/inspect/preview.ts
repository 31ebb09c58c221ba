import type { RecordBatch } from 'apache-arrow';
import { z } from 'zod';
import type { TagFilter } from '../../deepflow/filters/record-filter.ts';
import { type CompiledFilter, compileFilter } from '../../deepflow/filters/sql/compile-filter.ts';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { compileSelection } from '../../deepflow/fields/export-fields.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ReadingConfig } from '../contract/exporter-config.ts';
import { ByteWriter } from '../encode/bytes/byte-writer.ts';
import { Column } from '../encode/columns/columns.ts';
import {
  compileEncoder,
  type EncoderRequest,
  type RecordEncoder,
} from '../encode/compile-encoder.ts';
import type { NameTables } from '../encode/values/name-tables.ts';
import { writtenFields, writtenLabels } from '../encode/values/written-keys.ts';
import { namesOptions } from '../source/clickhouse/names/names-options.ts';
import { missingColumnsOf } from '../records/missing-columns.ts';
import { encoderRequest } from '../records/encoder-request.ts';
import { AddressError } from '../source/clickhouse/errors/address-error.ts';
import { createClickHouseAddresses } from '../source/clickhouse/addresses/clickhouse-addresses.ts';
import { createBatchReader, type ReadBatches } from '../source/clickhouse/rows/read-batches.ts';
import { clickHouseProblem } from '../source/clickhouse/errors/clickhouse-problem.ts';
import { createClickHouseSource } from '../source/clickhouse/rows/clickhouse-source.ts';
import type { ClickHouseCredentials } from '../source/clickhouse/connection/clickhouse-access.ts';
import {
  conditionColumn,
  PASSES,
  previewQuery,
  type PreviewRows,
} from '../source/clickhouse/rows/preview-query.ts';
import { compileNamesReader, NOTHING_READ } from '../source/clickhouse/names/read-names.ts';

/** A row of ClickHouse and what the exporter does with it. */
export type PreviewedRow =
  | {
      readonly kind: 'sent';
      /** The record's value on Kafka. */
      readonly record: Buffer;
      /** The record's key on Kafka. Undefined: the record has no key. */
      readonly key: Buffer | undefined;
      /**
       * The keys that the record lacks, since its row has no value for them. Empty without an
       * explanation.
       */
      readonly leftOut: readonly string[];
    }
  | {
      readonly kind: 'rejected';
      /** The filters that the row does not pass, as the user wrote them. */
      readonly failed: readonly string[];
    };

/** A preview of an exporter's records. */
export interface Preview {
  /** The problems with the names of resources, in sentences. */
  readonly warnings: readonly string[];
  /**
   * The rows of a data source in the order of their seconds; Without an explanation, only the rows
   * that pass.
   *
   * @throws Error with a message for the user that says why the rows cannot be read.
   */
  rows(dataSource: DataSource, request: PreviewRequest): AsyncIterable<PreviewedRow>;
}

/** What to show. */
export interface PreviewRequest {
  readonly rows: PreviewRows;
  readonly explains: boolean;
  /** Conditions beside the filter of the exporter, which must pass as well. Absent: none. */
  readonly also?: readonly TagFilter[];
}

/** How long ClickHouse may send nothing during a query. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Reads the names of resources, and then rows on request. It sends nothing and does not need Kafka.
 */
export async function openPreview(
  config: ReadingConfig,
  credentials: ClickHouseCredentials,
  signal: AbortSignal,
): Promise<Preview> {
  const { clickHouse, resource } = config;
  const { organizationId } = clickHouse;
  const addresses = createClickHouseAddresses(
    // Random waits are not needed: they only keep several exporters from retrying at the same
    // moment.
    { clock: systemClock, random: () => 1 },
    { ...clickHouse, resource, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    () => credentials,
  );
  const read = createBatchReader(addresses);
  const source = createClickHouseSource(clickHouse, addresses);
  const names = namesOptions(config);
  const reading =
    names === undefined
      ? NOTHING_READ
      : await compileNamesReader(read, names)(NOTHING_READ.tables, signal);
  const deps = { read, tables: reading.tables, signal };
  return {
    warnings: reading.failures.map(({ problem }) => problem.message),
    rows: async function* (dataSource, request) {
      const available = await source.columns(dataSource);
      // A table without columns is missing. `check` throws the error that says so.
      if (available.size === 0) await source.check(dataSource, ['time']);
      const also = request.also ?? [];
      const table = { dataSource, available: new Set(available.keys()), also };
      try {
        yield* previewRows(deps, compilePreview(config, table, reading.tables), request);
      } catch (error) {
        if (!(error instanceof AddressError)) throw error;
        const problem = clickHouseProblem(error, { dataSource, organizationId });
        throw new Error(problem.message, { cause: error });
      }
    },
  };
}

interface PreviewDeps {
  readonly read: ReadBatches;
  readonly tables: NameTables;
  readonly signal: AbortSignal;
}

interface CompiledPreview {
  readonly dataSource: DataSource;
  readonly organizationId: number;
  readonly encoder: RecordEncoder;
  /** Writes every key for which the row has a value. */
  readonly fullEncoder: RecordEncoder;
  /** Keys that records of the table can have. */
  readonly keys: readonly string[];
  readonly filter: CompiledFilter;
}

const IMPORTED_SPANS = {
  text: 'source.clickHouse.importedSpans: DeepFlow imported the call from another tracer',
  sql: 'NOT (`signal_source` = 4)',
};

function compilePreview(
  config: ReadingConfig,
  table: {
    readonly dataSource: DataSource;
    readonly available: ReadonlySet<string>;
    readonly also: readonly TagFilter[];
  },
  tables: NameTables,
): CompiledPreview {
  const { also, available, dataSource } = table;
  const { organizationId, importedSpans } = config.clickHouse;
  const request = { ...encoderRequest(config, dataSource, () => tables), available };
  const encoder = compileEncoder(request);
  const context = {
    rules: config.recordFormat,
    organizationId,
    missingColumns: missingColumnsOf(dataSource, available),
  };
  const { where, conditions } = compileFilter(config.filter, dataSource, context);
  const further = compileFilter(
    { condition: 'and', tagFilters: [...also], tagFilterGroups: [] },
    dataSource,
    context,
  ).where;
  const hidesSpans = dataSource === 'flow_log.l7_flow_log' && !importedSpans;
  const wheres = [
    ...(hidesSpans ? [IMPORTED_SPANS.sql] : []),
    ...(where === undefined ? [] : [where]),
    ...(further === undefined ? [] : [further]),
  ];
  return {
    dataSource,
    organizationId,
    encoder,
    fullEncoder: compileEncoder({ ...request, keepsEmpty: { tags: true, metrics: true } }),
    keys: keysOf(request),
    filter: {
      where: wheres.length === 0 ? undefined : wheres.map((sql) => `(${sql})`).join(' AND '),
      conditions: [...(hidesSpans ? [IMPORTED_SPANS] : []), ...conditions],
    },
  };
}

function keysOf(request: EncoderRequest): readonly string[] {
  const { exportFields, dataSource, recordFormat } = request;
  const selection = compileSelection(exportFields, dataSource, recordFormat);
  const options = { ...request, selection };
  return [...writtenFields(options), ...writtenLabels(options)].map(({ key }) => key);
}

async function* previewRows(
  deps: PreviewDeps,
  preview: CompiledPreview,
  request: PreviewRequest,
): AsyncGenerator<PreviewedRow> {
  const { encoder, fullEncoder, filter, keys } = preview;
  const { rows, explains } = request;
  const { where, conditions } = filter;
  const { dataSource, organizationId } = preview;
  const query = previewQuery({
    dataSource,
    organizationId,
    columns: encoder.columns,
    where,
    conditions,
    rows,
    explains,
  });
  const verdicts = new Verdicts(conditions.map(({ text }) => text));
  for await (const batch of deps.read(query, deps.signal)) {
    encoder.bind(batch);
    if (explains) verdicts.bind(batch);
    if (explains) fullEncoder.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (explains && !verdicts.passes(row)) {
        yield { kind: 'rejected', failed: verdicts.failed(row) };
        continue;
      }
      const record = recordOf(encoder, row);
      const full = explains ? keysIn(recordOf(fullEncoder, row)) : [];
      const written = explains ? keysIn(record) : [];
      const leftOut = [...new Set([...full, ...(explains ? keys : [])])].filter(
        (key) => !written.includes(key),
      );
      const key = encoder.keys?.of(row);
      yield { kind: 'sent', record, key: key && Buffer.from(key), leftOut };
    }
  }
}

function recordOf(encoder: RecordEncoder, row: number): Buffer {
  const writer = new ByteWriter(encoder.size(row));
  encoder.encode(writer, row);
  return writer.buffer.subarray(0, writer.position);
}

const anyRecord = z.record(z.string(), z.unknown());

function keysIn(record: Buffer): readonly string[] {
  return Object.keys(anyRecord.parse(JSON.parse(record.toString())));
}

/** ClickHouse's results of the filter conditions for the rows of a batch. */
class Verdicts {
  readonly #texts: readonly string[];
  readonly #passes = new Column(PASSES, 'number');
  readonly #conditions: readonly Column[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#conditions = texts.map((_, i) => new Column(conditionColumn(i), 'number'));
  }

  bind(batch: RecordBatch): void {
    for (const column of [this.#passes, ...this.#conditions]) column.bind(batch);
  }

  passes(row: number): boolean {
    return this.#passes.numbers[row] === 1;
  }

  failed(row: number): readonly string[] {
    return this.#texts.filter((_, i) => this.#conditions[i]?.numbers[row] !== 1);
  }
}
