import type { Readable } from 'node:stream';
import type { ClickHouseClient, ExecParams } from '@clickhouse/client';
import { AnswerError } from '../errors/answer-error.ts';
import { answerFault } from '../errors/answer-fault.ts';
import { AnswerTail } from '../errors/answer-tail.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';
import { type StatedSettings, urlSettings } from './stated-settings.ts';

/**
 * Runs queries at one address. It throws when the answer is an error, or does not come from
 * ClickHouse.
 */
export interface QueryRunner {
  /** The bytes of an answer. A caller that stops reading, or aborts, ends the connection. */
  exec(params: ExecParams): Promise<{ readonly stream: AsyncIterable<Uint8Array> }>;
  /**
   * The answer to a SELECT without SETTINGS and FORMAT, as the bytes of an Arrow stream. The answer
   * is complete or an error, whatever the settings of the user are.
   */
  select(query: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Runs such a SELECT only to find errors. */
  check(query: string): Promise<void>;
  /** Runs a query without an answer. */
  command(params: ExecParams): Promise<void>;
}

/** Clients of one address that use the same login. */
export interface Clients {
  /** A client that keeps its connections for the next query. */
  readonly kept: ClickHouseClient;
  /** A client that makes a connection for each query. */
  readonly fresh: ClickHouseClient;
  /** The settings that queries of this login state. */
  readonly settings: StatedSettings;
}

/** The error codes of a kept connection that the server closed while it was idle. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Runs queries that also end when `signal` aborts. A server may close a kept connection at the
 * moment in which it is used again. Then nothing was answered, and the query is repeated over a new
 * connection.
 */
export function createQueryRunner(
  { kept, fresh, settings }: Clients,
  signal: AbortSignal,
): QueryRunner {
  const exec: QueryRunner['exec'] = async (params) => {
    const ended =
      params.abort_signal === undefined ? signal : AbortSignal.any([params.abort_signal, signal]);
    const query = { ...params, abort_signal: ended };
    try {
      return { stream: await ask(kept, query, ended) };
    } catch (error) {
      if (ended.aborted || !isClosed(error)) throw error;
      return { stream: await ask(fresh, query, ended) };
    }
  };
  const command: QueryRunner['command'] = async (params) => {
    const { stream } = await exec(params);
    const answer = new AnswerTail(stream);
    const exception = await answer.exception();
    if (exception !== undefined) throw exception;
  };
  const run = async <T>(
    { query, format, ends }: { query: string; format: string; ends?: AbortSignal | undefined },
    work: (params: ExecParams) => Promise<T>,
  ): Promise<T> => {
    const aborts = ends === undefined ? {} : { abort_signal: ends };
    const clause = await settings.clause((text) => askText(exec, { ...aborts, query: text }));
    const stated = `${query} ${clause} FORMAT ${format}`;
    try {
      return await work({ ...aborts, query: stated, clickhouse_settings: urlSettings(stated) });
    } catch (error) {
      // This server is older than the server that reported the known settings.
      if (error instanceof AnswerError && error.code === UNKNOWN_SETTING) settings.forget();
      throw error;
    }
  };
  return {
    exec,
    command,
    select: (query, ends) =>
      run({ query, format: 'ArrowStream', ends }, async (params) => (await exec(params)).stream),
    check: (query) => run({ query, format: 'Null' }, command),
  };
}

/** ClickHouse's code (src/Common/ErrorCodes.cpp). */
const UNKNOWN_SETTING = '115';
/** The longest answer of text. A longer answer does not come from ClickHouse. */
const TEXT_BYTES_MAX = 1_048_576;

async function askText(exec: QueryRunner['exec'], params: ExecParams): Promise<string> {
  const { stream } = await exec(params);
  const answer = new AnswerTail(stream);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > TEXT_BYTES_MAX)
      throw new AnswerError('an answer of text is longer than 1 MiB', OWN_CODES.garbled);
  }
  const exception = await answer.exception();
  if (exception !== undefined) throw exception;
  return Buffer.concat(chunks).toString();
}

async function ask(
  client: ClickHouseClient,
  params: ExecParams,
  ended: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { stream, response_headers, http_status_code } = await client.exec({
    ...params,
    ignore_error_response: true,
  });
  endWith(stream, ended);
  const fault = await answerFault({
    status: http_status_code ?? 0,
    headers: response_headers,
    bytes: stream,
  });
  if (fault === undefined) return stream;
  stream.destroy();
  throw fault;
}

/** The client ignores the abort signal once the answer has begun. */
function endWith(stream: Readable, ended: AbortSignal): void {
  const destroy = (): void => {
    const reason: unknown = ended.reason;
    stream.destroy(reason instanceof Error ? reason : new Error('the query was cancelled'));
  };
  // A reader gets the error. Without this listener, an error while nobody reads would end the
  // process.
  stream.on('error', () => undefined);
  if (ended.aborted) destroy();
  else ended.addEventListener('abort', destroy, { once: true });
  stream.once('close', () => {
    ended.removeEventListener('abort', destroy);
  });
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CLOSED.has(String(error.code));
}
