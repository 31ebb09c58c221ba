import { STATUS_CODES } from 'node:http';
import { errorAnswer, type PushAnswer } from './push-answer.ts';
import type { ConnectionLimits } from './connection-limits.ts';

/**
 * The answer to a request that Node's HTTP server gave up before it was complete. Undefined when no
 * answer is possible, for example after a failed TLS handshake.
 */
export function brokenRequest(error: Error, limits: ConnectionLimits): PushAnswer | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const [headers, request] = [limits.headersMs / 1000, limits.requestMs / 1000];
    return errorAnswer(
      408,
      `send the headers within ${headers} seconds, and the whole request within ${request} seconds: send fewer lines at once`,
    );
  }
  if (code === 'HPE_HEADER_OVERFLOW') return errorAnswer(431, 'the headers are too large');
  if (code.startsWith('HPE_'))
    return errorAnswer(400, `this is not an HTTP request: ${error.message}`);
  return undefined;
}

/** The bytes of an answer for a connection that is closed afterwards (RFC 9112). */
export function rawAnswer({ status, body }: PushAnswer): string {
  const text = `${JSON.stringify(body)}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ].join('\r\n');
}
