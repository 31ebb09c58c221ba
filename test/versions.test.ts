import { expect, test } from 'vitest';
import { chooseVersion } from './harness/versions.ts';

const VERSIONS = ['1.3.10', '1.30.14', '1.31.14'] as const;

test.each([
  ['1.30.14', '1.30.14'],
  ['1.31', '1.31.14'],
  ['1.3', '1.3.10'],
  ['1', '1.31.14'],
])('a user who asks the harness for %s gets %s', (asked, version) => {
  expect(chooseVersion('Kubernetes', VERSIONS, asked)).toBe(version);
});

test.each(['1.29', '1.30.1', '', 'v1.30'])(
  'and is told what there is where “%s” is not',
  (asked) => {
    expect(() => chooseVersion('Kubernetes', VERSIONS, asked)).toThrow(
      `There is no Kubernetes ${asked} here: choose one of 1.3.10, 1.30.14, 1.31.14.`,
    );
  },
);
