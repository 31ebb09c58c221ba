import { expect, it } from 'vitest';
import {
  createWriteGuard,
  type Drift,
} from '../../../../src/operator/reconcile/apply/write-guard.ts';
import { liveObject } from '../../sample-observation.ts';

const MINUTES = 60_000;

function drift(image: string, live: string): Drift {
  const metadata = { name: 'n', namespace: 's' };
  const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { image } };
  const differences = [{ path: 'spec.image', live }];
  return { manifest, live: liveObject(manifest), apply: true, differences, foreign: [] };
}

it('each change of another program is put right once: the same change again is left alone', () => {
  const guard = createWriteGuard(() => 0);
  guard.wrote(drift('new', 'old'));
  const theirs = drift('new', 'theirs');
  expect(guard.isContested(theirs)).toBe(false);
  guard.wrote(theirs);
  expect(guard.isContested(theirs)).toBe(true);
  expect(guard.isContested(drift('new', 'something else'))).toBe(false);
});

it('a user who changes the resource to and fro contests nothing', () => {
  const guard = createWriteGuard(() => 0);
  for (const [wanted, live] of [
    ['b', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
  ] as const) {
    expect(guard.isContested(drift(wanted, live))).toBe(false);
    guard.wrote(drift(wanted, live));
  }
});

it('what admission rewrites in the answer to a write is contested at once', () => {
  const guard = createWriteGuard(() => 0);
  guard.wrote(drift('ours', 'old'));
  guard.insisted(drift('ours', 'mirror/ours'));
  expect(guard.isContested(drift('ours', 'mirror/ours'))).toBe(true);
  expect(guard.isContested(drift('ours, newer', 'mirror/ours'))).toBe(false);
});

it('after ten minutes the operator tries again', () => {
  let nowMs = 0;
  const guard = createWriteGuard(() => nowMs);
  guard.insisted(drift('ours', 'theirs'));
  nowMs = 10 * MINUTES - 1;
  expect(guard.isContested(drift('ours', 'theirs'))).toBe(true);
  nowMs = 10 * MINUTES;
  expect(guard.isContested(drift('ours', 'theirs'))).toBe(false);
});
