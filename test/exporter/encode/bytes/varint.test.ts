import Encoder from 'kafkajs/src/protocol/encoder.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { varintSize, writeVarint } from '../../../../src/exporter/encode/bytes/varint.ts';

test('varints are kafkajs’s own, byte for byte', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
      const buffer = Buffer.alloc(10);
      const end = writeVarint(buffer, 0, value);
      expect(end).toBe(varintSize(value));
      expect(buffer.subarray(0, end)).toEqual(new Encoder().writeVarInt(value).buffer);
    }),
  );
});

test('a time difference above 32 bits fits', () => {
  const buffer = Buffer.alloc(10);
  const end = writeVarint(buffer, 0, 2 ** 40);
  expect(buffer.subarray(0, end)).toEqual(new Encoder().writeVarLong(2 ** 40).buffer);
});
