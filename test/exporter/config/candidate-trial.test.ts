import { describe, expect, it } from 'vitest';
import { tryCandidates } from '../../../src/exporter/config/candidate-trial.ts';
import type { CandidateStore, Credentials } from '../../../src/exporter/config/credential-store.ts';
import type { FoundProblem } from '../../../src/exporter/contract/status-report.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { noCredentials } from '../no-credentials.ts';

const REFUSED: FoundProblem = { reason: 'KafkaAuthenticationFailed', message: 'wrong password' };

function open(verdict: (revision: number) => FoundProblem | undefined) {
  const clock = createManualClock();
  const tried: [ms: number, revision: number | undefined][] = [];
  const started = clock.monotonicMs();
  const stop = new AbortController();
  let candidate: Credentials | undefined;
  let tell = (): void => undefined;
  const credentials: CandidateStore = {
    current: () => noCredentials,
    candidate: () => candidate,
    accept: () => {
      candidate = undefined;
      tell();
    },
    onChange: (callback) => {
      tell = callback;
      return () => undefined;
    },
  };
  const attempt = ({ revision }: Credentials): Promise<FoundProblem | undefined> => {
    tried.push([clock.monotonicMs() - started, revision]);
    return Promise.resolve(verdict(revision ?? 0));
  };
  const deps = { clock, random: () => 1, logger: silentLogger, credentials, attempt };
  const report = tryCandidates(deps, stop.signal);
  const offer = (revision: number | undefined): void => {
    candidate = revision === undefined ? undefined : { ...noCredentials, revision };
    tell();
  };
  return { clock, offer, report, tried };
}

describe('candidate credentials', () => {
  it('are tried at once, and accepted when no server refuses them', async () => {
    const { clock, offer, report, tried } = open(() => undefined);
    expect(report()).toBeUndefined();
    offer(4);
    expect(report()).toEqual({ revision: 4 });
    await clock.advance(0);
    expect(tried).toEqual([[0, 4]]);
    expect(report()).toBeUndefined();
  });

  it('that are refused say why, and are tried again with growing pauses of at most 30 s', async () => {
    const { clock, offer, report, tried } = open(() => REFUSED);
    offer(4);
    await clock.advance(120_000);
    const pauses = tried.slice(1).map(([ms], index) => ms - (tried[index]?.[0] ?? 0));
    expect(pauses.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    expect(report()).toMatchObject({ revision: 4, problem: REFUSED });
  });

  it('that are replaced are tried at once, and the refusal of the former ones is forgotten', async () => {
    const { clock, offer, report, tried } = open((revision) =>
      revision === 4 ? REFUSED : undefined,
    );
    offer(4);
    await clock.advance(10_000);
    offer(5);
    expect(report()).toEqual({ revision: 5 });
    await clock.advance(0);
    expect(tried.at(-1)).toEqual([10_000, 5]);
    expect(report()).toBeUndefined();
  });

  it('that are withdrawn are not tried again', async () => {
    const { clock, offer, report, tried } = open(() => REFUSED);
    offer(4);
    await clock.advance(100);
    offer(undefined);
    await clock.advance(120_000);
    expect([tried.length, report()]).toEqual([1, undefined]);
  });
});
