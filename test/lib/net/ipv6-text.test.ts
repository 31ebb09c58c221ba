import { expect, test } from 'vitest';
import { ipv6Text } from '../../../src/lib/net/ipv6-text.ts';

test.each([
  ['no zeros', '20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
  ['all zeros', '00000000000000000000000000000000', '::'],
  ['zeros at the start', '00000000000000000000000000000001', '::1'],
  ['zeros at the end', 'fe800000000000000000000000000000', 'fe80::'],
  [
    'two runs of zeros, the longer of which is shortened',
    '20010000000000010000000000000001',
    '2001:0:0:1::1',
  ],
  [
    'two equal runs of zeros, the first of which is shortened',
    '20010db8000000000001000000000001',
    '2001:db8::1:0:0:1',
  ],
  [
    'a single group of zeros, which is written',
    '20010db8000000010001000100010001',
    '2001:db8:0:1:1:1:1:1',
  ],
  ['an IPv4-mapped address', '00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
])('an IPv6 address with %s', (_name, hex, text) => {
  const bytes = Buffer.concat([Buffer.alloc(3), Buffer.from(hex, 'hex')]);
  expect(ipv6Text(bytes, 3)).toBe(text);
});
