import type { Readable } from 'node:stream';
import type { ClickHouseClient, ExecParams } from '@clickhouse/client';
import { answerFault } from '../errors/answer-fault.ts';
import { AnswerTail } from '../errors/answer-tail.ts';

/** Runs queries at one address. An answer that is an error, or no answer of ClickHouse, is thrown. */
export interface QueryRunner {
  /** The bytes of an answer. Who stops reading, or aborts, ends its connection. */
  exec(params: ExecParams): Promise<{ readonly stream: AsyncIterable<Uint8Array> }>;
  /** Runs a query without an answer. */
  command(params: ExecParams): Promise<void>;
}

/** Clients of one address that log in alike. */
export interface Clients {
  /** Keeps its connections for the next query. */
  readonly kept: ClickHouseClient;
  /** Makes a connection for each query. */
  readonly fresh: ClickHouseClient;
}

/** What a kept connection ends with that the server closed while nothing was asked. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Runs queries that also end when `signal` aborts. A server may close a connection at the moment in which it is used
 * again: nothing was answered then, and the query is asked once more over a new one.
 */
export function createQueryRunner({ kept, fresh }: Clients, signal: AbortSignal): QueryRunner {
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
  return {
    exec,
    command: async (params) => {
      const { stream } = await exec(params);
      const answer = new AnswerTail(stream);
      const exception = await answer.exception();
      if (exception !== undefined) throw exception;
    },
  };
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
