import { expect, it } from 'vitest';
import { z } from 'zod';
import { authorOptions } from '../../../src/cli/options/author-options.ts';

const schema = z.object(authorOptions);

it.each([
  ['exported', { key: 'exported', value: undefined }],
  ['exported=', { key: 'exported', value: '' }],
  ['exported=yes', { key: 'exported', value: 'yes' }],
  ['export.deepflow.io/allowed=true', { key: 'export.deepflow.io/allowed', value: 'true' }],
])('the label %s is read', (requireSecretLabel, label) => {
  expect(schema.parse({ requireSecretLabel })).toEqual({ requireSecretLabel: label });
});

it.each(['', '=yes', '-a', 'a/b/c', 'a=b=c', 'a b', 'Example.com/a', 'a='.padEnd(66, 'x')])(
  'the label "%s" is refused',
  (requireSecretLabel) => {
    expect(schema.safeParse({ requireSecretLabel }).success).toBe(false);
  },
);

it.each([
  ['', []],
  ['low', ['low']],
  ['low,batch-*,', ['low', 'batch-*']],
  ['*', ['*']],
  ['prometheus.io/*', ['prometheus.io/*']],
])('the list "%s" is read', (allowedPodAnnotations, list) => {
  expect(schema.parse({ allowedPodAnnotations })).toEqual({ allowedPodAnnotations: list });
});

it.each(['a*b', '**', 'a b'])('the list "%s" is refused', (allowedPodLabels) => {
  expect(schema.safeParse({ allowedPodLabels }).success).toBe(false);
});
