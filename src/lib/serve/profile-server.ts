import { createServer, type ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { systemClock } from '../clock.ts';
import { type ListeningServer, listeningServer } from './listening-server.ts';

const SECONDS = { default: 10, max: 60 };

/**
 * Serves profiles of this process on 127.0.0.1, with the paths of Go's net/http/pprof: `/debug/pprof/profile?seconds=N` is a CPU
 * profile and `/debug/pprof/heap?seconds=N` a sample of allocations, both as Chrome DevTools read them. They name functions, and
 * have no values: a whole heap would contain passwords. One profile is recorded at a time, for at most a minute.
 *
 * @throws when the port cannot be bound.
 */
export async function startProfileServer(port: number): Promise<ListeningServer> {
  let busy = false;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const record = PROFILES.get(pathname);
    const seconds = Number(searchParams.get('seconds') ?? SECONDS.default);
    if (record === undefined) {
      answer(response, 404, `no such profile: ask for ${[...PROFILES.keys()].join(' or ')}`);
    } else if (!(seconds > 0 && seconds <= SECONDS.max)) {
      answer(response, 400, `seconds must be a number above 0, and ${SECONDS.max} at most`);
    } else if (busy) {
      answer(response, 409, 'another profile is being recorded: ask again when it is complete');
    } else {
      busy = true;
      record(seconds * 1_000)
        .then(
          (profile) => {
            answer(response, 200, JSON.stringify(profile));
          },
          () => {
            answer(response, 500, 'recording the profile failed');
          },
        )
        .finally(() => {
          busy = false;
        });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`cannot listen on port ${port} of 127.0.0.1`, { cause: error }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return listeningServer(server, port);
}

const PROFILES: ReadonlyMap<string, (ms: number) => Promise<unknown>> = new Map([
  [
    '/debug/pprof/profile',
    (ms) =>
      recorded(ms, {
        start: async (session) => {
          await session.post('Profiler.enable');
          await session.post('Profiler.start');
        },
        stop: async (session) => (await session.post('Profiler.stop')).profile,
      }),
  ],
  [
    '/debug/pprof/heap',
    (ms) =>
      recorded(ms, {
        start: async (session) => {
          await session.post('HeapProfiler.startSampling');
        },
        stop: async (session) => (await session.post('HeapProfiler.stopSampling')).profile,
      }),
  ],
]);

interface Recording {
  readonly start: (session: Session) => Promise<void>;
  readonly stop: (session: Session) => Promise<unknown>;
}

async function recorded(ms: number, { start, stop }: Recording): Promise<unknown> {
  const session = new Session();
  session.connect();
  try {
    await start(session);
    await systemClock.sleep(ms);
    return await stop(session);
  } finally {
    session.disconnect();
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', status === 200 ? 'application/json' : 'text/plain');
  response.end(`${text}\n`);
}
