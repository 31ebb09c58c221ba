import type { Readable } from 'node:stream';
import type { ClickHouseClient, ExecParams } from '@clickhouse/client';
import { AnswerError } from '../errors/answer-error.ts';
import { answerFault } from '../errors/answer-fault.ts';
import { AnswerTail } from '../errors/answer-tail.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';
import { type StatedSettings, urlSettings } from './stated-settings.ts';

/** Runs queries at one address. An answer that is an error, or no answer of ClickHouse, is thrown. */
export interface QueryRunner {
  /** The bytes of an answer. Who stops reading, or aborts, ends its connection. */
  exec(params: ExecParams): Promise<{ readonly stream: AsyncIterable<Uint8Array> }>;
  /**
   * The answer to a SELECT that says neither SETTINGS nor FORMAT, as the bytes of an Arrow stream: whole or an error,
   * whatever the settings of the user.
   */
  select(query: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Runs such a SELECT for its errors alone. */
  check(query: string): Promise<void>;
  /** Runs a query without an answer. */
  command(params: ExecParams): Promise<void>;
}

/** Clients of one address that log in alike. */
export interface Clients {
  /** Keeps its connections for the next query. */
  readonly kept: ClickHouseClient;
  /** Makes a connection for each query. */
  readonly fresh: ClickHouseClient;
  /** What queries of this login state. */
  readonly settings: StatedSettings;
}

/** What a kept connection ends with that the server closed while nothing was asked. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Runs queries that also end when `signal` aborts. A server may close a connection at the moment in which it is used
 * again: nothing was answered then, and the query is asked once more over a new one.
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
      // The server is older than the one that was asked what it knows.
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
/** Longest answer of text; a longer one is not ClickHouse's. */
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
      throw new AnswerError('a short answer is too long', OWN_CODES.garbled);
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

/** The client itself forgets who may end a query once the answer has begun. */
function endWith(stream: Readable, ended: AbortSignal): void {
  const destroy = (): void => {
    const reason: unknown = ended.reason;
    stream.destroy(reason instanceof Error ? reason : new Error('the query was ended'));
  };
  // Who reads it is told; it may end when nobody does.
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
