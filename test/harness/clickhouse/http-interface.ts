import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { EngineError } from './engine.ts';
import type { Engine, Statement } from './engine.ts';
import { readStatement } from './read-statement.ts';
import type { ServerSettings } from './server-settings.ts';

const unpack = promisify(gunzip);
const pack = promisify(gzip);

const authenticationFailed = 516;
/** HTTP statuses that ClickHouse gives its exceptions (src/Server/HTTPHandler.cpp); the others have 500. */
const statuses: Readonly<Record<number, number>> = {
  [authenticationFailed]: 403,
  // Unknown table, database, function, identifier.
  60: 404,
  81: 404,
  46: 404,
  47: 404,
  // Syntax, type, argument and parameter errors.
  6: 400,
  27: 400,
  36: 400,
  43: 400,
  53: 400,
  62: 400,
  115: 404,
  130: 400,
  456: 400,
  457: 400,
  159: 408,
  164: 403,
  497: 403,
};

/**
 * The part of ClickHouse's HTTP interface that its clients use (clickhouse.com/docs/interfaces/http): `/ping` and
 * statements in the URL, the body or both, with settings and parameters in the URL. Data to insert must be text.
 */
export function createHttpInterface(
  engine: Engine,
  credentials: Pick<ServerSettings, 'username' | 'password'>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://harness');
      if (url.pathname === '/ping') {
        response.end('Ok.\n');
        return;
      }
      authenticate(request, url, credentials);
      const statement = readStatement(url, await readBody(request));
      await answer(response, { request, url, statement, result: await engine.run(statement) });
    } catch (error) {
      refuse(response, error);
    }
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const body = await buffer(request);
  const encoding = request.headers['content-encoding'];
  return (encoding === 'gzip' ? await unpack(body) : body).toString();
}

async function answer(
  response: ServerResponse,
  reply: { request: IncomingMessage; url: URL; statement: Statement; result: Uint8Array },
): Promise<void> {
  const { request, url, statement, result } = reply;
  const clause = [...statement.sql.matchAll(/\bFORMAT\s+(\w+)/gi)].at(-1)?.[1];
  response.setHeader(
    'X-ClickHouse-Query-Id',
    url.searchParams.get('query_id') ?? crypto.randomUUID(),
  );
  response.setHeader('X-ClickHouse-Format', clause ?? statement.defaultFormat);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Summary', '{}');
  const accepted = (request.headers['accept-encoding'] ?? '').includes('gzip');
  const wanted = ['1', 'true'].includes(url.searchParams.get('enable_http_compression') ?? '');
  if (!accepted || !wanted) {
    response.end(result);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.end(await pack(result));
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code, message } =
    error instanceof EngineError
      ? error
      : { code: 1002, message: `Code: 1002. DB::Exception: ${String(error)}` };
  response.statusCode = statuses[code] ?? 500;
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.end(`${message}\n`);
}

function authenticate(
  request: IncomingMessage,
  url: URL,
  expected: Pick<ServerSettings, 'username' | 'password'>,
): void {
  const { username, password } = readCredentials(request, url);
  if (isSame(username, expected.username) && isSame(password, expected.password)) return;
  throw new EngineError(
    `Code: ${authenticationFailed}. DB::Exception: ${username}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
    authenticationFailed,
  );
}

function readCredentials(
  request: IncomingMessage,
  url: URL,
): { username: string; password: string } {
  const authorization = request.headers.authorization ?? '';
  if (authorization.startsWith('Basic ')) {
    const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    const colon = text.indexOf(':');
    return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  const { 'x-clickhouse-user': user, 'x-clickhouse-key': key } = request.headers;
  return {
    username: String(user ?? url.searchParams.get('user') ?? 'default'),
    password: String(key ?? url.searchParams.get('password') ?? ''),
  };
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
