import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { errorAnswer, type PushAnswer } from './push-answer.ts';
import type { PushTable } from '../rows/push-table.ts';
import { type Encoding, ENCODINGS, tooLarge } from './read-body.ts';

/** What a request is checked by. */
export interface RequestRules {
  readonly tables: ReadonlyMap<string, PushTable>;
  readonly maxBodyBytes: number;
  /** Undefined: clients need no token. */
  readonly token: (() => string | undefined) | undefined;
  /** True: clients need a certificate. */
  readonly clientCertificates: boolean;
}

/** What a request is about. */
export interface CheckedRequest {
  readonly table: PushTable;
  readonly encoding: Encoding;
}

const PATH = '/v1/records/';

/** Checks everything that a request says before its body, who sent it first. */
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
      `a client certificate is needed that an authority of spec.source.http.tls.clientCaSecretRef has signed (${String(why ?? 'none was shown')})`,
    );
  }
  if (token === undefined || isToken(request.headers.authorization, token())) return undefined;
  return errorAnswer(
    401,
    'the token of spec.source.http.bearerTokenSecretRef is needed, as "Authorization: Bearer TOKEN"',
    { 'www-authenticate': 'Bearer' },
  );
}

/** Compares in constant time; a Secret's value may end with a line break. */
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
    return errorAnswer(404, `there is nothing at ${path}: POST to ${PATH}<data source>: ${names}`);
  }
  const name = path.slice(PATH.length);
  const table = tables.get(name);
  if (table === undefined) {
    return errorAnswer(
      404,
      `this exporter takes no ${JSON.stringify(name)}: spec.dataSources has ${names}`,
    );
  }
  if (request.method !== 'POST') {
    const method = request.method ?? '';
    return errorAnswer(405, `POST records, do not ${method} them`, { allow: 'POST' });
  }
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const encoding = ENCODINGS.find((known) => known === coding);
  if (encoding === undefined) {
    return errorAnswer(
      415,
      `Content-Encoding ${JSON.stringify(coding)} is not known: use ${ENCODINGS.join(', ')}`,
      { 'accept-encoding': ENCODINGS.join(', ') },
    );
  }
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (length === undefined && transfer === undefined) {
    return errorAnswer(411, 'Content-Length or a chunked Transfer-Encoding is needed');
  }
  return Number(length ?? 0) > maxBodyBytes
    ? errorAnswer(413, tooLarge(maxBodyBytes).message)
    : { table, encoding };
}
