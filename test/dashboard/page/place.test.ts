import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fragmentOf, placeOf } from '../../../src/dashboard/page/place.ts';

test.each([
  ['#/observability/flow-logs', { namespace: 'observability', name: 'flow-logs' }],
  ['', undefined],
  ['#/', undefined],
  ['#/observability', undefined],
  ['#/a/b/c', undefined],
  ['#/a/%', undefined],
  ['#totals', undefined],
])('the fragment "%s" leads to %j', (fragment, place) => {
  expect(placeOf(fragment)).toEqual(place);
});

test('the fragment of an exporter leads to it, whatever its names are', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (namespace, name) => {
      expect(placeOf(fragmentOf({ namespace, name }))).toEqual({ namespace, name });
    }),
  );
});
