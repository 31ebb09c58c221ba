import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** How answers of ClickHouse that carry rows are broken. */
type AnswerMode =
  | 'pass'
  /** An exception instead of an answer. */
  | 'refuse'
  /** The answer ends early, in good order as HTTP sees it. */
  | 'truncate'
  /** All but the end marker of the Arrow stream comes. */
  | 'drop the end'
  /** An exception in the middle of the answer, after status 200, as ClickHouse itself writes it. */
  | 'break off';

/** An HTTP proxy before ClickHouse whose answers can be broken. */
export interface BrokenAnswers {
  setMode(mode: AnswerMode): void;
  /** Queries so far that were to be answered with rows. */
  queries(): number;
  close(): Promise<void>;
}

/** `0xFFFFFFFF` and a length of zero (Arrow columnar format, IPC streaming format). */
const END_MARKER_BYTES = 8;
const EXCEPTION =
  'Code: 241. DB::Exception: Memory limit (total) exceeded: a fault of the test. (MEMORY_LIMIT_EXCEEDED) (version 25.3)\n';

/** Listens on 127.0.0.1 before the ClickHouse at this URL. */
export async function startBrokenAnswers(port: number, url: string): Promise<BrokenAnswers> {
  let mode: AnswerMode = 'pass';
  let queries = 0;
  const take = (): AnswerMode => {
    queries++;
    return mode;
  };
  const server = createServer((incoming, response) => {
    forward(incoming, response, { url, mode: take }).catch(() => {
      response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    queries: () => queries,
    setMode: (next) => {
      mode = next;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  to: { readonly url: string; readonly mode: () => AnswerMode },
): Promise<void> {
  const body = await buffer(incoming);
  const target = new URL(incoming.url ?? '/', to.url);
  const carriesRows = `${target.search} ${body.toString()}`.includes('ArrowStream');
  const mode = carriesRows ? to.mode() : 'pass';
  if (mode === 'refuse') {
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': '241' }).end(EXCEPTION);
    return;
  }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method = 'GET', headers } = incoming;
    request(target, { method, headers }, resolve).once('error', reject).end(body);
  });
  const content = await buffer(answer);
  // The length is left to chunks, so that a broken answer is a whole one to HTTP.
  const headers = Object.entries(answer.headers).filter(([name]) => name !== 'content-length');
  response.writeHead(answer.statusCode ?? 500, Object.fromEntries(headers));
  const half = content.subarray(0, Math.floor(content.length / 2));
  switch (mode) {
    case 'pass':
      response.end(content);
      return;
    case 'truncate':
      response.end(half);
      return;
    case 'drop the end':
      response.end(content.subarray(0, -END_MARKER_BYTES));
      return;
    case 'break off':
      response.write(half);
      response.end(EXCEPTION);
      return;
  }
}
