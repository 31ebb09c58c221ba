import fc from 'fast-check';
import kafkajsMurmur2 from 'kafkajs/src/producer/partitioners/default/murmur2.js';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionForKey } from '../../../../src/exporter/kafka/produce/murmur2.ts';

describe('the hash of a key', () => {
  // org.apache.kafka.common.utils.UtilsTest, testMurmur2
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is the one that Kafka’s own tests expect', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test('of any bytes is that of another implementation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(murmur2(bytes)).toBe(kafkajsMurmur2(Buffer.from(bytes)));
      }),
    );
  });
});

test('a key has the partition that Kafka’s Java producer chooses, also when its hash is negative', () => {
  expect(['21', 'foobar', 'abc'].map((key) => partitionForKey(Buffer.from(key), 12))).toEqual([
    (-973932308 & 0x7fffffff) % 12,
    (-790332482 & 0x7fffffff) % 12,
    479470107 % 12,
  ]);
});
