import { describe, expect, it } from 'vitest';
import type { KubeClient, WatchEvent } from '../../../src/operator/kube/kube-client.ts';
import { KubeError } from '../../../src/operator/kube/kube-error.ts';
import { runReflector } from '../../../src/operator/kube/reflector.ts';
import { RESOURCE_TYPES } from '../../../src/operator/kube/resource-type.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

type Step = WatchEvent[] | { status: number | undefined; retryAfterMs?: number };

/** Runs a reflector over scripted watches. Returns which calls it made, and when. */
async function run(steps: readonly Step[]): Promise<string[]> {
  const clock = createManualClock();
  const stopping = new AbortController();
  const calls: string[] = [];
  const script = [...steps];
  const client: Pick<KubeClient, 'list' | 'watch'> = {
    list: () => {
      calls.push(`list ${clock.monotonicMs()}`);
      return Promise.resolve({ items: [], resourceVersion: '10' });
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's watch is asynchronous
    watch: async function* (_selection, { resourceVersion }) {
      calls.push(`watch ${resourceVersion} ${clock.monotonicMs()}`);
      const step = script.shift();
      if (step === undefined) stopping.abort();
      else if (Array.isArray(step)) yield* step;
      else {
        const { status, retryAfterMs } = step;
        throw new KubeError('WATCH', { status, reason: '', message: '', retryAfterMs });
      }
    },
  };
  const store = { replace: () => undefined, put: () => undefined, remove: () => undefined };
  const selection = { type: RESOURCE_TYPES.pod };
  const deps = { client, clock, random: () => 0.5, logger: silentLogger };
  const running = runReflector(deps, { selection, store }, stopping.signal);
  await clock.advance(3_600_000);
  await running;
  return calls;
}

describe('a reflector', () => {
  it('continues a watch that ended where it ended, without a new list', async () => {
    const bookmark = { type: 'BOOKMARK', resourceVersion: '17' } as const;
    expect(await run([[bookmark], []])).toEqual([
      'list 0',
      'watch 10 0',
      'watch 17 0',
      'watch 17 0',
    ]);
  });

  it('lists again at once when its resource version is too old', async () => {
    expect(await run([{ status: 410 }])).toEqual(['list 0', 'watch 10 0', 'list 0', 'watch 10 0']);
  });

  it('continues after broken connections, with a wait that grows each time', async () => {
    const broken = { status: undefined };
    expect(await run([broken, broken, broken])).toEqual([
      'list 0',
      'watch 10 0',
      'watch 10 150',
      'watch 10 450',
      'watch 10 1050',
    ]);
  });

  it('waits as long as the API server asks for', async () => {
    expect(await run([{ status: 429, retryAfterMs: 7_000 }])).toEqual([
      'list 0',
      'watch 10 0',
      'watch 10 7000',
    ]);
  });
});
