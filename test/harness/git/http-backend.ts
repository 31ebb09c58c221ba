import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers a request of a Git client by the CGI program `git http-backend`. A body may be chunked and compressed: the program
 * reads to its end, and unpacks it itself.
 *
 * @see https://git-scm.com/docs/git-http-backend
 */
export function answerByGit(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawn('git', ['http-backend'], {
    env: { PATH: process.env['PATH'], ...variablesOf(root, request) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A client that goes away breaks the pipes.
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    child.stdout.off('data', readHead);
    writeHead(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', readHead);
  child.once('error', () => response.destroy());
  child.once('close', () => response.end());
}

/** The variables of a CGI program (RFC 3875) that Git reads. */
function variablesOf(root: string, request: IncomingMessage): Record<string, string> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const header = (variable: string, name: string): Record<string, string> => {
    const value = request.headers[name];
    return typeof value === 'string' ? { [variable]: value } : {};
  };
  return {
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROJECT_ROOT: root,
    // The repositories may belong to another user than the one that runs the server.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    ...header('CONTENT_TYPE', 'content-type'),
    ...header('CONTENT_LENGTH', 'content-length'),
    ...header('HTTP_CONTENT_ENCODING', 'content-encoding'),
    ...header('GIT_PROTOCOL', 'git-protocol'),
  };
}

function writeHead(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else if (name !== '') response.setHeader(name, value);
  }
}
