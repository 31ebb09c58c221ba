import { describe, expect, it } from 'vitest';
import { publishCredentials } from '../../../src/operator/credentials/publish-credentials.ts';
import { secretContent } from '../sample-observation.ts';

const USER = 'kafka-sasl-username';
const resolved = (user: string): Parameters<typeof publishCredentials>[0] => ({
  kind: 'resolved',
  data: secretContent({ [USER]: user }).data,
});
const refused = { kind: 'refused', reason: 'SecretMissing', message: '' } as const;
const secret = (user: string, revision: string): { data: Record<string, string> } =>
  secretContent({ [USER]: user, revision });

describe('the revision', () => {
  it.each([
    ['starts at 1', resolved('a'), undefined, 0, 1],
    ['stays while the bytes stay', resolved('a'), secret('a', '4'), 4, 4],
    ['grows by one when a byte changes', resolved('b'), secret('a', '4'), 4, 5],
    ['grows beyond the status when the copy is gone', resolved('a'), undefined, 4, 5],
    ['never decreases, even if a user decreased it', resolved('a'), secret('a', '2'), 4, 5],
    ['continues after a user broke the copy', resolved('a'), secret('a', 'x'), 4, 5],
    ['stays when the source is refused', refused, secret('a', '4'), 4, 4],
    ['is absent if there were never valid credentials', refused, undefined, 0, undefined],
  ])('%s', (...[, source, copy, statusRevision, expected]) => {
    const published = publishCredentials(source, { secret: copy, statusRevision });
    expect(published?.revision).toBe(expected);
  });

  it('does not change when a user adds other keys to the copy', () => {
    const copy = { data: { ...secret('a', '4').data, other: 'eA==' } };
    expect(publishCredentials(resolved('a'), { secret: copy, statusRevision: 4 })?.revision).toBe(
      4,
    );
  });
});
