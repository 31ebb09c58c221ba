import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ADDRESS_ATTEMPTS } from '../../../../lib/net/address-attempts.ts';
import type { ProxyEnvironment } from '../../../../lib/net/proxy-environment.ts';

/** A form to post. */
export interface Form {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As `application/x-www-form-urlencoded`. */
  readonly body: string;
  /** A PEM bundle of the CAs to trust instead of the system's. */
  readonly ca: string | undefined;
  /** The time-out of the whole exchange, from the name resolution to the last byte. */
  readonly timeoutMs: number;
  /** Absent: the connection goes through no proxy. */
  readonly proxy?: ProxyEnvironment | undefined;
  /** How host names are resolved. Absent: as the system does it. */
  readonly lookup?: LookupFunction;
}

const ANSWER_BYTES_MAX = 256 * 1024;

/**
 * Posts a form over a separate connection and reads the answer. Redirects are not followed, so a
 * secret goes only to the configured URL.
 *
 * @throws when no complete answer comes in time.
 */
export function postForm(form: Form): Promise<{ readonly status: number; readonly body: string }> {
  const { body, ca, headers, lookup, proxy, timeoutMs, url } = form;
  const options = {
    method: 'POST',
    ...ADDRESS_ATTEMPTS,
    ...(lookup === undefined ? {} : { lookup }),
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      ...headers,
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': Buffer.byteLength(body),
    },
  };
  const through = proxy === undefined ? {} : { proxyEnv: { ...proxy } };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith('https:')
      ? requestHttps(url, {
          ...options,
          agent: new HttpsAgent(through),
          ...(ca === undefined ? {} : { ca }),
        })
      : requestHttp(url, { ...options, agent: new HttpAgent(through) });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) sent.destroy(new Error('the answer is too long'));
      });
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.end(body);
  });
}
