import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../../src/exporter/encode/bytes/byte-writer.ts';
import {
  TIME_TEXT_MAX,
  timeTextPattern,
  ZoneText,
} from '../../../../src/exporter/encode/values/zone-text.ts';

function written(zone: ZoneText, seconds: number, micros: number): string {
  const writer = new ByteWriter(TIME_TEXT_MAX);
  zone.write(writer, seconds, micros);
  return writer.buffer.toString('utf8', 0, writer.position);
}

const JUNE = 1_718_000_000;
const at = (iso: string): number => Date.parse(iso) / 1000;

describe('the text of a time', () => {
  test.each([
    [
      'has the zone’s offset and abbreviation',
      'Asia/Shanghai',
      JUNE,
      123_456,
      '2024-06-10 14:13:20.123456 +0800 CST',
    ],
    [
      'has no fraction on the whole second',
      'Asia/Shanghai',
      JUNE,
      0,
      '2024-06-10 14:13:20 +0800 CST',
    ],
    [
      'has no trailing zeros in its fraction',
      'Asia/Shanghai',
      JUNE,
      100_000,
      '2024-06-10 14:13:20.1 +0800 CST',
    ],
    [
      'keeps the leading zeros of its fraction',
      'Asia/Shanghai',
      JUNE,
      70,
      '2024-06-10 14:13:20.00007 +0800 CST',
    ],
    ['is in UTC', 'UTC', JUNE, 123_456, '2024-06-10 06:13:20.123456 +0000 UTC'],
    ['is in UTC under its other name', 'Etc/UTC', JUNE, 0, '2024-06-10 06:13:20 +0000 UTC'],
    [
      'is in daylight time',
      'America/New_York',
      JUNE,
      123_456,
      '2024-06-10 02:13:20.123456 -0400 EDT',
    ],
    [
      'has an offset of half an hour',
      'Asia/Kolkata',
      JUNE,
      123_456,
      '2024-06-10 11:43:20.123456 +0530 IST',
    ],
    [
      'has the offset twice where the zone has no letters',
      'America/Sao_Paulo',
      JUNE,
      0,
      '2024-06-10 03:13:20 -0300 -03',
    ],
    [
      'has quarters of an hour in both',
      'Asia/Kathmandu',
      JUNE,
      0,
      '2024-06-10 11:58:20 +0545 +0545',
    ],
    [
      'is right before the clock goes on',
      'Europe/Berlin',
      at('2024-03-31T00:59:59Z'),
      999_999,
      '2024-03-31 01:59:59.999999 +0100 CET',
    ],
    [
      'is right when the clock goes on',
      'Europe/Berlin',
      at('2024-03-31T01:00:00Z'),
      0,
      '2024-03-31 03:00:00 +0200 CEST',
    ],
    [
      'is right before the clock goes back',
      'Europe/Berlin',
      at('2024-10-27T00:59:59Z'),
      0,
      '2024-10-27 02:59:59 +0200 CEST',
    ],
    [
      'is right when the clock goes back',
      'Europe/Berlin',
      at('2024-10-27T01:00:00Z'),
      0,
      '2024-10-27 02:00:00 +0100 CET',
    ],
    [
      'follows the rule into the future',
      'Europe/Berlin',
      at('2060-07-01T12:00:00Z'),
      0,
      '2060-07-01 14:00:00 +0200 CEST',
    ],
  ])('%s', (_name, zone, seconds, micros, text) => {
    expect(written(new ZoneText(zone), seconds, micros)).toBe(text);
  });

  test('is right when times go back and forth over a change', () => {
    const berlin = new ZoneText('Europe/Berlin');
    const seconds = [
      '2024-10-27T00:59:59Z',
      '2024-10-27T01:00:00Z',
      '2024-10-27T00:59:59Z',
      '2024-01-01T00:00:00Z',
    ];
    expect(seconds.map((iso) => written(berlin, at(iso), 0))).toEqual([
      '2024-10-27 02:59:59 +0200 CEST',
      '2024-10-27 02:00:00 +0100 CET',
      '2024-10-27 02:59:59 +0200 CEST',
      '2024-01-01 01:00:00 +0100 CET',
    ]);
  });

  test.each(['Asia/Shangai', '', 'CST-8', 'asia/shanghai'])(
    'cannot be in the unknown zone %j',
    (name) => {
      expect(() => new ZoneText(name)).toThrow(
        `timeZone must be the name of a zone in the IANA time zone database, for example Asia/Shanghai, but is "${name}"`,
      );
    },
  );

  test('can be in every zone that JavaScript knows', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      expect(written(new ZoneText(zone), JUNE, 0)).toMatch(
        /^2024-06-(09|10) .* [+-]\d{4} ([A-Za-z]+|[+-]\d+)$/,
      );
    }
  });
});

describe('the pattern of a zone’s texts', () => {
  test.each(['UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kolkata', 'America/Sao_Paulo'])(
    'matches every time from 1900 to 2200 in %s',
    (zone) => {
      const text = new ZoneText(zone);
      const pattern = new RegExp(timeTextPattern(zone), 'u');
      const second = fc.integer({
        min: at('1900-01-01T00:00:00Z'),
        max: at('2200-01-01T00:00:00Z'),
      });
      const micros = fc.integer({ min: 0, max: 999_999 });
      fc.assert(
        fc.property(second, micros, (seconds, rest) => {
          expect(written(text, seconds, rest)).toMatch(pattern);
        }),
      );
    },
  );

  test.each([
    ['another zone’s time', '2024-06-10 06:13:20 +0000 UTC'],
    ['a fraction with trailing zeros', '2024-06-10 14:13:20.100 +0800 CST'],
    ['another form', '2024-06-10T14:13:20+08:00'],
  ])('does not match %s', (_name, text) => {
    expect(text).not.toMatch(new RegExp(timeTextPattern('Asia/Shanghai'), 'u'));
  });
});
