import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  publishCredentials,
  readPublication,
  type Trials,
  TRIAL_MS,
  UNTOLD_TRIAL_MS,
} from '../../../src/operator/credentials/publish-credentials.ts';
import type { ResolvedCredentials } from '../../../src/operator/credentials/resolve-credentials.ts';
import { managedSecret } from '../../../src/operator/desired/secret.ts';
import { dataOf, NO_TRIALS, secretContent } from '../sample-observation.ts';
import { sampleResource } from '../sample-resource.ts';

const USER = 'kafka-sasl-username';
const CA = 'kafka-ca.crt';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const resolved = (
  user: string,
  more: Readonly<Record<string, string>> = {},
): ResolvedCredentials => ({
  kind: 'resolved',
  data: secretContent({ [USER]: user, ...more }).data,
});
const refused: ResolvedCredentials = { kind: 'refused', reason: 'SecretMissing', message: '' };
const published = (user: string, revision: string): Readonly<Record<string, string>> => ({
  [USER]: user,
  revision,
});
const offered = (user: string, revision: string): Readonly<Record<string, string>> => ({
  [`candidate.${USER}`]: user,
  'candidate.revision': revision,
  'candidate.since': new Date(NOW).toISOString(),
});

interface Case {
  readonly source: ResolvedCredentials;
  /** The pods' Secret as it is. Absent: it does not exist. */
  readonly secret?: Readonly<Record<string, string>>;
  readonly statusRevision?: number;
  readonly appliedRevision?: number | undefined;
  readonly trials?: Partial<Trials>;
}

/** The sets that the Secret should have: `user@revision`. */
function sets({ secret, source, statusRevision = 0, trials = {}, ...rest }: Case): unknown[] {
  const appliedRevision = 'appliedRevision' in rest ? rest.appliedRevision : 1;
  const earlier = {
    secret: secret === undefined ? undefined : secretContent(secret),
    statusRevision,
    appliedRevision,
  };
  const after = publishCredentials(source, earlier, { ...NO_TRIALS, nowMs: NOW, ...trials });
  return [after.published, after.candidate].map((set) => {
    if (set === undefined) return undefined;
    const texts = Object.values(set.data).map((value) => Buffer.from(value, 'base64').toString());
    return `${texts.join('+')}@${set.revision}`;
  });
}

describe('credentials', () => {
  it.each<[string, Case, unknown[]]>([
    [
      'are published at once when there are none yet',
      { source: resolved('a') },
      ['a@1', undefined],
    ],
    [
      'stay as they are while the bytes stay',
      { source: resolved('a'), secret: published('a', '4'), statusRevision: 4 },
      ['a@4', undefined],
    ],
    [
      'that changed become a candidate with the next revision',
      { source: resolved('b'), secret: published('a', '4'), statusRevision: 4 },
      ['a@4', 'b@5'],
    ],
    [
      'are published at once when the resource wants no trial',
      { source: resolved('b'), secret: published('a', '4'), trials: { wanted: false } },
      ['b@5', undefined],
    ],
    [
      'are published with the same revision when the resource wants no trial any more',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { wanted: false },
      },
      ['b@5', undefined],
    ],
    [
      'are published at once while no revision has been in use',
      { source: resolved('b'), secret: published('a', '1'), appliedRevision: undefined },
      ['b@2', undefined],
    ],
    [
      'are published at once when a Secret cannot hold them beside the former ones',
      {
        source: resolved('b', { [CA]: 'x'.repeat(400_000) }),
        secret: { ...published('a', '1'), [CA]: 'y'.repeat(400_000) },
      },
      [`b+${'x'.repeat(400_000)}@2`, undefined],
    ],
    [
      'stay a candidate while the pods try them, however long that takes',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { accepted: 4, nowMs: NOW + 100 * TRIAL_MS },
      },
      ['a@4', 'b@5'],
    ],
    [
      'are published with the same revision once a pod has authenticated with them',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { accepted: 5 },
      },
      ['b@5', undefined],
    ],
    [
      'are published untried when pods that are ready say nothing about them for 30 s',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { silent: true, nowMs: NOW + TRIAL_MS },
      },
      ['b@5', undefined],
    ],
    [
      'are not published untried before that',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { silent: true, nowMs: NOW + TRIAL_MS - 1 },
      },
      ['a@4', 'b@5'],
    ],
    [
      'are not published untried for 3 minutes if only the kubelet can bring them to the pods',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { silent: true, told: false, nowMs: NOW + UNTOLD_TRIAL_MS - 1 },
      },
      ['a@4', 'b@5'],
    ],
    [
      'are published untried after that',
      {
        source: resolved('b'),
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { silent: true, told: false, nowMs: NOW + UNTOLD_TRIAL_MS },
      },
      ['b@5', undefined],
    ],
    [
      'that change again replace the candidate',
      { source: resolved('c'), secret: { ...published('a', '4'), ...offered('b', '5') } },
      ['a@4', 'c@6'],
    ],
    [
      'that change back are published without a trial, with a new revision',
      { source: resolved('a'), secret: { ...published('a', '4'), ...offered('b', '5') } },
      ['a@6', undefined],
    ],
    [
      'whose source is refused stay, and so does their candidate',
      { source: refused, secret: { ...published('a', '4'), ...offered('b', '5') } },
      ['a@4', 'b@5'],
    ],
    [
      'whose source is refused are published when a pod has authenticated with the candidate',
      {
        source: refused,
        secret: { ...published('a', '4'), ...offered('b', '5') },
        trials: { accepted: 5 },
      },
      ['b@5', undefined],
    ],
    [
      'get files at once that nothing uses yet, and the rest is tried',
      { source: resolved('b', { [CA]: 'ca' }), secret: published('a', '4') },
      ['ca+a@5', 'b+ca@6'],
    ],
    [
      'lose files that are no longer needed without a trial',
      { source: resolved('a'), secret: { ...published('a', '4'), [CA]: 'ca' } },
      ['a@5', undefined],
    ],
    [
      'get a revision beyond that of the status when the copy is gone',
      { source: resolved('a'), statusRevision: 4 },
      ['a@5', undefined],
    ],
    [
      'get no lower revision when a user decreased it',
      { source: resolved('a'), secret: published('a', '2'), statusRevision: 4 },
      ['a@5', undefined],
    ],
    [
      'are published anew after a user broke the copy',
      { source: resolved('a'), secret: published('a', 'x'), statusRevision: 4 },
      ['a@5', undefined],
    ],
    [
      'do not change when a user adds other keys to the copy',
      { source: resolved('a'), secret: { ...published('a', '4'), other: 'x' }, statusRevision: 4 },
      ['a@4', undefined],
    ],
    ['are absent if there were never valid ones', { source: refused }, [undefined, undefined]],
  ])('%s', (_name, input, expected) => {
    expect(sets(input)).toEqual(expected);
  });

  it('never come into use in a pod that starts anew before a pod has accepted them, and revisions never decrease', () => {
    const step = fc.record({
      source: fc.option(fc.constantFrom('good', 'bad', 'worse'), { nil: undefined }),
      restart: fc.boolean(),
      wait: fc.nat(TRIAL_MS * 2),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let secret = secretContent(published('good', '1'));
        let [nowMs, statusRevision, accepted] = [NOW, 1, 1];
        for (const { restart, source, wait } of steps) {
          nowMs += wait;
          const input = source === undefined ? refused : resolved(source);
          const trials = { ...NO_TRIALS, accepted: restart ? undefined : accepted, nowMs };
          const next = publishCredentials(
            input,
            { secret, statusRevision, appliedRevision: 1 },
            trials,
          );
          const current = next.published;
          if (current === undefined) throw new Error('nothing is published');
          expect(current.data).toEqual(secretContent({ [USER]: 'good' }).data);
          const newest = next.candidate?.revision ?? current.revision;
          expect(newest).toBeGreaterThanOrEqual(statusRevision);
          statusRevision = newest;
          const manifest = managedSecret(sampleResource(), current, next.candidate);
          secret = { data: dataOf(manifest) };
          expect(readPublication(secret)).toEqual(next);
          // The server accepts only these.
          if (next.candidate === undefined) accepted = current.revision;
        }
      }),
    );
  });
});
