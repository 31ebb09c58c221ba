import { describe, expect, it } from 'vitest';
import type { KubeClient, WatchEvent } from '../../../src/operator/kube/kube-client.ts';
import { KubeError } from '../../../src/operator/kube/kube-error.ts';
import type { KubeObject } from '../../../src/operator/kube/kube-object.ts';
import { runReflector } from '../../../src/operator/kube/reflector.ts';
import { RESOURCE_TYPES } from '../../../src/operator/kube/resource-type.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

/** How one watch goes: it may last for a time, send events, and fail. */
interface Watch {
  readonly lastsMs?: number;
  readonly events?: readonly WatchEvent[];
  readonly fails?: { status: number | undefined; retryAfterMs?: number };
}

interface Script {
  readonly watches: readonly Watch[];
  /** HTTP status of each list; undefined, or no entry: it succeeds. */
  readonly lists?: readonly (number | undefined)[];
  /** The resource version of the API server when a watch is continued. */
  readonly latest?: string;
  readonly changesOnly?: boolean;
  /** True: the API server may not have the kind. */
  readonly optional?: boolean;
}

const LONG = 300_000;

/** Runs a reflector over scripted lists and watches. Returns which calls it made, and when. */
async function run(script: Script): Promise<string[]> {
  const clock = createManualClock();
  const stopping = new AbortController();
  const calls: string[] = [];
  const watches = [...script.watches];
  const lists = [...(script.lists ?? [])];
  const errorOf = (status: number | undefined, retryAfterMs?: number): KubeError =>
    new KubeError('GET', { status, reason: '', message: '', retryAfterMs });
  const client: Pick<KubeClient, 'list' | 'watch' | 'latestVersion'> = {
    list: () => {
      calls.push(`list ${clock.monotonicMs()}`);
      const status = lists.shift();
      if (status !== undefined) return Promise.reject(errorOf(status));
      return Promise.resolve({ items: [], resourceVersion: '10' });
    },
    latestVersion: () => Promise.resolve(script.latest ?? '100'),
    watch: async function* (_selection, { resourceVersion }) {
      calls.push(`watch ${resourceVersion} ${clock.monotonicMs()}`);
      const watch = watches.shift();
      if (watch === undefined) {
        stopping.abort();
        return;
      }
      yield* watch.events ?? [];
      if (watch.lastsMs !== undefined) await clock.sleep(watch.lastsMs);
      if (watch.fails !== undefined) throw errorOf(watch.fails.status, watch.fails.retryAfterMs);
    },
  };
  const store = {
    keep: (object: KubeObject) => object,
    expectList: () => undefined,
    replace: () => {
      calls.push(`replace ${clock.monotonicMs()}`);
    },
    put: () => undefined,
    remove: () => undefined,
  };
  const selection = { type: RESOURCE_TYPES.pod };
  const deps = { client, clock, random: () => 0.5, logger: silentLogger };
  const { changesOnly = false, optional = false } = script;
  const onServed = (isServed: boolean): void => {
    calls.push(`served ${isServed} ${clock.monotonicMs()}`);
  };
  const target = { selection, store, changesOnly, ...(optional ? { onServed } : {}) };
  const running = runReflector(deps, target, stopping.signal);
  await clock.advance(3_600_000);
  stopping.abort();
  await running;
  return changesOnly || optional ? calls : calls.filter((call) => !call.startsWith('replace'));
}

describe('a reflector', () => {
  it('continues a watch that ended where it ended, without a new list', async () => {
    const events = [{ type: 'BOOKMARK', resourceVersion: '17' } as const];
    const watches = [{ events, lastsMs: LONG }, { lastsMs: LONG }];
    expect(await run({ watches })).toEqual([
      'list 0',
      'watch 10 0',
      'watch 17 300000',
      'watch 17 600000',
    ]);
  });

  it('lists again at once when its resource version is too old', async () => {
    expect(await run({ watches: [{ lastsMs: LONG, fails: { status: 410 } }] })).toEqual([
      'list 0',
      'watch 10 0',
      'list 300000',
      'watch 10 300000',
    ]);
  });

  it('continues after broken connections, with a wait that grows each time', async () => {
    const broken = { fails: { status: undefined } };
    expect(await run({ watches: [broken, broken, broken] })).toEqual([
      'list 0',
      'watch 10 0',
      'watch 10 150',
      'watch 10 450',
      'watch 10 1050',
    ]);
  });

  it('waits as long as the API server asks for', async () => {
    const watches = [{ fails: { status: 429, retryAfterMs: 7_000 } }];
    expect(await run({ watches })).toEqual(['list 0', 'watch 10 0', 'watch 10 7000']);
  });

  it.each<[string, Watch]>([
    ['end at once', {}],
    ['end at once after an event', { events: [{ type: 'BOOKMARK', resourceVersion: '11' }] }],
    ['end at once because their resource version is too old', { fails: { status: 410 } }],
  ])('waits longer and longer between watches that %s', async (_name, watch) => {
    const calls = await run({ watches: Array.from({ length: 10_000 }, () => watch) });
    expect(calls.length).toBeGreaterThan(100);
    expect(calls.length).toBeLessThan(500);
  });

  it('waits longer and longer between lists whose pages expire', async () => {
    const calls = await run({ watches: [], lists: Array.from({ length: 10_000 }, () => 410) });
    expect(calls.slice(0, 4)).toEqual(['list 0', 'list 0', 'list 300', 'list 900']);
    expect(calls.length).toBeLessThan(200);
  });

  it('of changes only never lists, and says when changes were missed', async () => {
    const watches = [{ lastsMs: LONG, fails: { status: 410 } }, { lastsMs: LONG }];
    expect(await run({ watches, changesOnly: true })).toEqual([
      'replace 0',
      'watch 100 0',
      'replace 300000',
      'watch 100 300000',
      'watch 100 600000',
    ]);
  });

  it.each([404, 403])(
    'of a kind that may be absent looks for it every half minute, and watches it only while it is there (%s)',
    async (status) => {
      const gone = { fails: { status }, lastsMs: LONG };
      const lists = [status, status, undefined, status];
      expect(await run({ watches: [gone], lists, optional: true })).toEqual([
        ...['list 0', 'replace 0', 'served false 0'],
        ...['list 30000', 'replace 30000', 'served false 30000'],
        ...['list 60000', 'served true 60000', 'replace 60000', 'watch 10 60000'],
        ...['replace 360000', 'served false 360000'],
        ...['list 390000', 'replace 390000', 'served false 390000'],
        ...['list 420000', 'served true 420000', 'replace 420000', 'watch 10 420000'],
      ]);
    },
  );

  it('lists again when the API server is at an older version, as after an etcd restored from a backup', async () => {
    const events = [{ type: 'BOOKMARK', resourceVersion: '9000' } as const];
    const watches = [{ events, lastsMs: LONG, fails: { status: undefined } }, { lastsMs: LONG }];
    expect(await run({ watches, latest: '20' })).toEqual([
      'list 0',
      'watch 10 0',
      'list 300150',
      'watch 10 300150',
      'watch 10 600150',
    ]);
  });
});
