import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { errorAnswer, type PushAnswer } from './push-answer.ts';
import type { PushTable } from '../rows/push-table.ts';
import { type Encoding, ENCODINGS, tooLarge } from './read-body.ts';

/** The rules for requests. */
export interface RequestRules {
  readonly tables: ReadonlyMap<string, PushTable>;
  readonly maxBodyBytes: number;
  /** Undefined: clients need no token. */
  readonly token: (() => string | undefined) | undefined;
  /** True: clients need a certificate. */
  readonly clientCertificates: boolean;
}

/** The content of a valid request. */
export interface CheckedRequest {
  readonly table: PushTable;
  readonly encoding: Encoding;
}

const PATH = '/v1/records/';

/** Checks everything before the body of a request, beginning with the authentication. */
export function checkRequest(
  request: IncomingMessage,
  rules: RequestRules,
): CheckedRequest | PushAnswer {
  return refusedClient(request, rules) ?? checkTarget(request, rules);
}

function refusedClient(
  request: IncomingMessage,
  { token, clientCertificates }: RequestRules,
): PushAnswer | undefined {
  const { socket } = request;
  if (clientCertificates && !(socket instanceof TLSSocket && socket.authorized)) {
    const why = socket instanceof TLSSocket ? socket.authorizationError : undefined;
    return errorAnswer(
      403,
      `a client certificate is required that a CA of spec.source.http.tls.clientCaSecretRef or clientCaConfigMapRef has signed (${String(why ?? 'none was sent')})`,
    );
  }
  if (token === undefined || isToken(request.headers.authorization, token())) return undefined;
  return errorAnswer(
    401,
    'a token is required: send the token of spec.source.http.bearerTokenSecretRef as "Authorization: Bearer TOKEN"',
    { 'www-authenticate': 'Bearer' },
  );
}

/** Compares in constant time. The value of a Secret may end with a line break. */
function isToken(header: string | undefined, token: string | undefined): boolean {
  const shown = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  const wanted = token?.trim();
  if (shown === undefined || wanted === undefined || wanted === '') return false;
  return timingSafeEqual(digest(shown), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function checkTarget(
  request: IncomingMessage,
  { tables, maxBodyBytes }: RequestRules,
): CheckedRequest | PushAnswer {
  const [path = ''] = (request.url ?? '').split('?');
  const names = [...tables.keys()].join(', ');
  if (!path.startsWith(PATH)) {
    return errorAnswer(
      404,
      `there is nothing at ${path}: POST to ${PATH}<data source>, where the data source is one of ${names}`,
    );
  }
  const name = path.slice(PATH.length);
  const table = tables.get(name);
  if (table === undefined) {
    return errorAnswer(
      404,
      `this exporter does not accept ${JSON.stringify(name)}: spec.dataSources has ${names}`,
    );
  }
  if (request.method !== 'POST') {
    const method = request.method ?? '';
    return errorAnswer(405, `the method ${method} is not allowed: use POST`, { allow: 'POST' });
  }
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const encoding = ENCODINGS.find((known) => known === coding);
  if (encoding === undefined) {
    return errorAnswer(
      415,
      `Content-Encoding ${JSON.stringify(coding)} is not supported: use ${ENCODINGS.join(', ')}`,
      { 'accept-encoding': ENCODINGS.join(', ') },
    );
  }
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (length === undefined && transfer === undefined) {
    return errorAnswer(411, 'Content-Length or a chunked Transfer-Encoding is required');
  }
  return Number(length ?? 0) > maxBodyBytes
    ? errorAnswer(413, tooLarge(maxBodyBytes).message)
    : { table, encoding };
}
