import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ElectionEnd,
  LEASE_DURATION_MS,
  RENEW_DEADLINE_MS,
  RETRY_MS,
  runLeaderElection,
} from '../../../src/operator/leader/leader-election.ts';
import { createManualClock, type ManualClock, settle } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { createLeaseServer, type LeaseServer } from './lease-server.ts';

/** A process that stands for election; its work lasts until it is told to stop. */
interface Process {
  readonly isLeading: () => boolean;
  readonly ended: () => ElectionEnd | undefined;
  /** As SIGTERM. */
  readonly stop: () => void;
}

function stand(
  server: LeaseServer,
  clock: ManualClock,
  identity: string,
  delayMs?: () => number | undefined,
): Process {
  const stopping = new AbortController();
  let isLeading = false;
  let end: ElectionEnd | undefined;
  const work = (): Promise<void> =>
    new Promise((resolve) => {
      stopping.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  const deps = {
    client: server.client(clock, delayMs),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    onLeading: (leading: boolean) => {
      isLeading = leading;
    },
  };
  const candidacy = { namespace: 'system', name: 'operator', identity };
  void runLeaderElection(deps, candidacy, { work, signal: stopping.signal }).then((reason) => {
    end = reason;
  });
  return {
    isLeading: () => isLeading,
    ended: () => end,
    stop: () => {
      stopping.abort();
    },
  };
}

/** Moves the clock until somebody leads, and returns how long that took. */
async function timeUntilLeading(clock: ManualClock, process: Process): Promise<number> {
  const startMs = clock.monotonicMs();
  while (!process.isLeading()) {
    await clock.advance(100);
    if (clock.monotonicMs() - startMs > 60_000) throw new Error('it never leads');
  }
  return clock.monotonicMs() - startMs;
}

const specOf = (server: LeaseServer): unknown => server.lease()?.['spec'];

describe('one of several operators', () => {
  test('leads at once, renews the Lease every two seconds, and says so in it', async () => {
    const clock = createManualClock(Date.parse('2026-01-31T08:00:00Z'));
    const server = createLeaseServer();
    const first = stand(server, clock, 'first');
    await settle();
    const second = stand(server, clock, 'second');
    await clock.advance(60_000);
    expect([first.isLeading(), second.isLeading()]).toEqual([true, false]);
    expect(specOf(server)).toEqual({
      holderIdentity: 'first',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-31T08:00:00.000000Z',
      renewTime: '2026-01-31T08:01:00.000000Z',
      leaseTransitions: 0,
    });
  });

  test('releases the Lease when its work ends, and another one leads within three seconds', async () => {
    const clock = createManualClock();
    const server = createLeaseServer();
    const first = stand(server, clock, 'first');
    await settle();
    const second = stand(server, clock, 'second');
    await clock.advance(10_000);
    first.stop();
    await settle();
    expect(first.ended()).toBe('released');
    expect(await timeUntilLeading(clock, second)).toBeLessThanOrEqual(3_000);
    expect(specOf(server)).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  test('is followed by another one within 20 seconds when it dies', async () => {
    const clock = createManualClock();
    const server = createLeaseServer();
    let isDead = false;
    const first = stand(server, clock, 'first', () => (isDead ? Number.MAX_SAFE_INTEGER : 0));
    await settle();
    const second = stand(server, clock, 'second');
    await clock.advance(10_000);
    expect(first.isLeading()).toBe(true);
    isDead = true;
    const tookMs = await timeUntilLeading(clock, second);
    expect(tookMs).toBeGreaterThanOrEqual(LEASE_DURATION_MS - RETRY_MS);
    expect(tookMs).toBeLessThanOrEqual(20_000);
  });

  test('leads so early that the work after it has two of the three seconds, and of the twenty', async () => {
    for (let heldMs = 10_000; heldMs < 10_000 + RETRY_MS; heldMs += 100) {
      const clock = createManualClock();
      const server = createLeaseServer();
      let isDead = false;
      const first = stand(server, clock, 'first');
      await settle();
      const second = stand(server, clock, 'second', () => (isDead ? Number.MAX_SAFE_INTEGER : 0));
      await clock.advance(heldMs);
      first.stop();
      expect(await timeUntilLeading(clock, second)).toBeLessThanOrEqual(1_000);
      const third = stand(server, clock, 'third');
      await clock.advance(heldMs);
      isDead = true;
      expect(await timeUntilLeading(clock, third)).toBeLessThanOrEqual(18_000);
    }
  });

  test.each([
    ['answers with errors', () => undefined],
    ['does not answer', () => Number.MAX_SAFE_INTEGER],
  ])('stops to lead after ten seconds of an API server that %s', async (_how, delayMs) => {
    const clock = createManualClock();
    const server = createLeaseServer();
    let isIll = false;
    const only = stand(server, clock, 'only', () => (isIll ? delayMs() : 0));
    await clock.advance(4_500);
    isIll = true;
    await clock.advance(RENEW_DEADLINE_MS - RETRY_MS);
    expect(only.isLeading()).toBe(true);
    await clock.advance(2 * RETRY_MS);
    expect([only.isLeading(), only.ended()]).toEqual([false, 'lost']);
  });

  test('stops at once when another one has taken the Lease', async () => {
    const clock = createManualClock();
    const server = createLeaseServer();
    const first = stand(server, clock, 'first');
    await clock.advance(5_000);
    const lease = server.lease();
    if (lease === undefined) throw new Error('there must be a Lease');
    await server.client(clock).replace({
      ...lease,
      metadata: { ...lease.metadata, namespace: 'system' },
      spec: { holderIdentity: 'somebody', leaseDurationSeconds: 15 },
    });
    await clock.advance(RETRY_MS);
    expect(first.ended()).toBe('lost');
  });

  test('takes a Lease that has no holder, and one that says nothing', async () => {
    const clock = createManualClock();
    const server = createLeaseServer();
    const metadata = { namespace: 'system', name: 'operator' };
    await server
      .client(clock)
      .create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata });
    const only = stand(server, clock, 'only');
    await settle();
    expect(only.isLeading()).toBe(true);
  });

  test('is never two, however slow and ill the API server is, and one leads soon after that is over', async () => {
    const delay = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 3_000, max: 40_000 }) },
      { weight: 2, arbitrary: fc.constant(undefined) },
    );
    const delays = fc.array(delay, { minLength: 40, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(delays, delays, delays), async (drawn) => {
        const ofProcesses = drawn.map((delays) => [...delays]);
        const clock = createManualClock();
        const server = createLeaseServer();
        const processes = ofProcesses.map((delays, index) =>
          stand(server, clock, `process ${index}`, () =>
            delays.length === 0 ? 0 : delays.shift(),
          ),
        );
        const leading = (): number => processes.filter((process) => process.isLeading()).length;
        for (let second = 0; second < 300; second++) {
          await clock.advance(1_000);
          expect(leading()).toBeLessThanOrEqual(1);
          // A process that has lost the Lease ends; Kubernetes starts another one in its place.
          for (const [index, process] of processes.entries()) {
            if (process.ended() !== 'lost') continue;
            processes[index] = stand(server, clock, `process ${index} after ${second} s`);
          }
        }
        for (let second = 0; second < 60 && leading() === 0; second++) await clock.advance(1_000);
        expect(leading()).toBe(1);
      }),
      { numRuns: 30 },
    );
  });
});
