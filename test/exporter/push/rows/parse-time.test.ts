import { describe, expect, test } from 'vitest';
import { timeReader } from '../../../../src/exporter/push/rows/parse-time.ts';

describe('a time', () => {
  test.each([
    ['in the zone', 'Asia/Shanghai', '2026-01-31 08:00:00', '2026-01-31T00:00:00Z', 0n],
    ['with a fraction', 'UTC', '2026-01-31 08:00:00.123456', '2026-01-31T08:00:00Z', 123_456n],
    ['with a short fraction', 'UTC', '2026-01-31 08:00:00.5', '2026-01-31T08:00:00Z', 500_000n],
    ['with nanoseconds', 'UTC', '2026-01-31 08:00:00.123456789', '2026-01-31T08:00:00Z', 123_456n],
    ['by RFC 3339', 'Asia/Shanghai', '2026-01-31T08:00:00Z', '2026-01-31T08:00:00Z', 0n],
    ['with an offset', 'UTC', '2026-01-31T08:00:00+05:30', '2026-01-31T02:30:00Z', 0n],
    ['west of Greenwich', 'UTC', '2026-01-31T08:00:00-03:00', '2026-01-31T11:00:00Z', 0n],
    ['in summer', 'Europe/Berlin', '2026-07-01 08:00:00', '2026-07-01T06:00:00Z', 0n],
    ['in winter', 'Europe/Berlin', '2026-01-01 08:00:00', '2026-01-01T07:00:00Z', 0n],
    ['that comes twice', 'Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T00:30:00Z', 0n],
    ['before 1970', 'UTC', '1969-12-31 23:59:59.999999', '1969-12-31T23:59:59Z', 999_999n],
  ])('%s is read', (_name, zone, text, iso, micros) => {
    expect(timeReader(zone)(text)).toBe(BigInt(Date.parse(iso)) * 1_000n + micros);
  });

  test.each([
    '',
    'now',
    '2026-01-31',
    '2026-02-31 00:00:00',
    '2026-01-31 25:00:00',
    '0000-00-00 00:00:00',
  ])('is not %j', (text) => {
    expect(timeReader('UTC')(text)).toBeUndefined();
  });
});

test('a zone that is none is refused', () => {
  expect(() => timeReader('Asia/Nowhere')).toThrow('but is "Asia/Nowhere"');
});
