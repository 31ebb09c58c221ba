import { AnswerError } from './answer-error.ts';
import { OWN_CODES } from './connection-faults.ts';
import { exceptionAtEnd } from './exception-text.ts';

/** An answer of an HTTP server. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Exceptions of ClickHouse and error pages of proxies are shorter. */
const TEXT_BYTES_MAX = 64 * 1024;
const CODE = 'x-clickhouse-exception-code';
const NATIVE_PORT = /is for clickhouse-client program/;
/**
 * The text with which nginx, Go and ClickHouse's own library answer a request without TLS at a port
 * that requires TLS.
 */
const TLS_PORT = /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i;
/** The text with which nginx answers when a client certificate is missing or not trusted. */
const CLIENT_CERTIFICATE = /No required SSL certificate was sent|The SSL certificate error/i;
/** The status codes with which a proxy reports that its upstream does not answer. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * The fault of an answer. Undefined: ClickHouse has begun to answer the query. Bytes are read only
 * from an answer with a fault.
 */
export async function answerFault(answer: HttpAnswer): Promise<AnswerError | undefined> {
  const { status, headers } = answer;
  const isFine = status >= 200 && status < 300 && headers[CODE] === undefined;
  if (isFine && !isPage(headers)) return undefined;
  const text = await textOf(answer.bytes);
  const exception = exceptionAtEnd(text) ?? codedException(text, headers);
  if (exception !== undefined) return exception;
  if (NATIVE_PORT.test(text)) return new AnswerError(firstLine(text), OWN_CODES.nativePort);
  if (TLS_PORT.test(text)) return new AnswerError(`HTTP ${status}`, OWN_CODES.tlsPort);
  if (CLIENT_CERTIFICATE.test(text)) {
    return new AnswerError(described(status, headers, text), OWN_CODES.clientCertificate);
  }
  if (GATEWAY_STATUSES.has(status)) return new AnswerError(`HTTP ${status}`, OWN_CODES.badGateway);
  return new AnswerError(described(status, headers, text), OWN_CODES.notClickHouse);
}

/** An exception of a server that omits its name or version. */
function codedException(text: string, headers: HttpAnswer['headers']): AnswerError | undefined {
  const code = headers[CODE];
  return typeof code === 'string' ? new AnswerError(text.trim(), code) : undefined;
}

function isPage(headers: HttpAnswer['headers']): boolean {
  return String(headers['content-type'] ?? '').startsWith('text/html');
}

/** The status, the target of a redirect, and the title of a page or the first line of a text. */
function described(status: number, headers: HttpAnswer['headers'], text: string): string {
  const place = placeOf(headers['location']);
  const title = /<title>([^<]{1,100})<\/title>/i.exec(text)?.[1]?.trim();
  const line = isPage(headers) ? title : firstLine(text);
  return [
    `HTTP ${status}`,
    ...(place === undefined ? [] : [`to ${place}`]),
    ...(line === undefined || line === '' ? [] : [line]),
  ].join(', ');
}

/** The target of a redirect, without its parameters, which may be secrets. */
function placeOf(location: string | string[] | undefined): string | undefined {
  return typeof location === 'string' ? location.split(/[?#]/)[0] : undefined;
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0] ?? '';
}

/** At most the first 64 KiB. If the connection breaks, the text that came before. */
async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= TEXT_BYTES_MAX) break;
    }
  } catch {
    // An error that breaks off is reported with the text that has come.
  }
  return Buffer.concat(chunks).subarray(0, TEXT_BYTES_MAX).toString('utf8');
}
