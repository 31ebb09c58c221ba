import fc from 'fast-check';
import { isIPv6 } from 'node:net';
import { expect, test } from 'vitest';
import { ipv6Text } from '../../../src/lib/net/ipv6-text.ts';
import { parseIpv4, parseIpv6 } from '../../../src/lib/net/parse-ipv6.ts';

test('parsing the text of an IPv6 address returns its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parseIpv6(ipv6Text(bytes, 0))).toEqual(bytes);
    }),
  );
});

test('a text is an IPv6 address when Node says that it is one', () => {
  const text = fc.oneof(
    fc.ipV6(),
    fc
      .array(fc.constantFrom('0', '1', 'ffff', '', ':', '1.2.3.4', '12345'), { maxLength: 10 })
      .map((parts) => parts.join(':')),
  );
  fc.assert(
    fc.property(text, (each) => {
      expect([each, parseIpv6(each) !== undefined]).toEqual([each, isIPv6(each)]);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['0.0.0.0', 0],
  ['255.255.255.255', 2 ** 32 - 1],
  ['10.0.0.1', 167772161],
  ['256.0.0.1', undefined],
  ['1.2.3', undefined],
])('the IPv4 address %s is the number %s', (text, number) => {
  expect(parseIpv4(text)).toBe(number);
});
