import { describe, expect, test } from 'vitest';
import {
  BROKER_PATTERN,
  parseBroker,
  URL_START_PATTERN,
} from '../../../src/exporter/contract/addresses.ts';

const broker = new RegExp(BROKER_PATTERN);
const url = new RegExp(`${URL_START_PATTERN}(/.*)?$`);

describe('the address of a broker', () => {
  test.each([
    ['b:9092', 'b', 9_092],
    ['broker1.example.com:1', 'broker1.example.com', 1],
    ['192.0.2.1:65535', '192.0.2.1', 65_535],
    ['[2001:db8::1]:9092', '2001:db8::1', 9_092],
    ['[::ffff:192.0.2.1]:9092', '::ffff:192.0.2.1', 9_092],
  ])('%s has a host and a port', (address, host, port) => {
    expect(address).toMatch(broker);
    expect(parseBroker(address)).toEqual({ host, port });
  });

  test.each([
    'b',
    'b:',
    ':9092',
    'b:0',
    'b:09092',
    'b:65536',
    'b:99999',
    'b:100000',
    '2001:db8::1:9092',
    '[2001:db8::1]',
    '[b]:9092',
    'b c:9092',
    'http://b:9092',
    'user@b:9092',
  ])('%s is refused', (address) => {
    expect(address).not.toMatch(broker);
  });
});

describe('the beginning of a URL', () => {
  test.each([
    'http://ch:8123',
    'https://example.com/clickhouse',
    'https://[2001:db8::1]:8443/x',
    'http://[::1]',
  ])('%s is accepted', (text) => {
    expect(text).toMatch(url);
    expect(URL.canParse(text)).toBe(true);
  });

  test.each(['http://ch:99999', 'http://ch:0', 'https://u:p@ch', 'http://2001:db8::1', 'ch:8123'])(
    '%s is refused',
    (text) => {
      expect(text).not.toMatch(url);
    },
  );
});
