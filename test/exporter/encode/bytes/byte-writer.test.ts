import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, byteSource } from '../../../../src/exporter/encode/bytes/byte-writer.ts';

function written(write: (writer: ByteWriter) => void): string {
  // One byte of room makes every write grow the buffer.
  const writer = new ByteWriter(1);
  write(writer);
  return writer.buffer.toString('utf8', 0, writer.position);
}

const halves = (value: bigint): [number, number] => [
  Number(BigInt.asUintN(32, value >> 32n)),
  Number(BigInt.asUintN(32, value)),
];

describe('numbers', () => {
  test('unsigned 64-bit integers are exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(
          written((writer) => {
            writer.uint64(...halves(value));
          }),
        ).toBe(String(value));
      }),
    );
  });

  test('signed 64-bit integers are exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(
          written((writer) => {
            writer.int64(...halves(value));
          }),
        ).toBe(String(value));
      }),
    );
  });

  test.each([0n, 9n, 10n, 999_999_999n, 1_000_000_000n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n])(
    'the unsigned boundary %s is exact',
    (value) => {
      expect(
        written((writer) => {
          writer.uint64(...halves(value));
        }),
      ).toBe(String(value));
    },
  );

  test('safe integers are exact', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(
          written((writer) => {
            writer.int(value);
          }),
        ).toBe(String(value));
      }),
    );
  });

  test('doubles read back as themselves and never carry an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = written((writer) => {
          writer.float(value);
        });
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Object.is(Number(text), value)).toBe(true);
      }),
    );
  });

  test.each([
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [-2.5e22, '-25000000000000000000000'],
    [-0, '-0'],
    [0.25, '0.25'],
    [3, '3'],
  ])('the double %d is written as Go writes it: %s', (value, text) => {
    expect(
      written((writer) => {
        writer.float(value);
      }),
    ).toBe(text);
  });
});

describe('strings', () => {
  const asJson = (bytes: Uint8Array): string =>
    written((writer) => {
      writer.string(byteSource(bytes), 0, bytes.length);
    });

  test('valid text is written as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(asJson(Buffer.from(text))).toBe(JSON.stringify(text));
      }),
    );
  });

  test('any bytes become valid JSON, with U+FFFD for what is not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(JSON.parse(asJson(bytes))).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
        );
      }),
    );
  });

  test('only the given part of the source is written', () => {
    const source = Buffer.from('ab"cd');
    expect(
      written((writer) => {
        writer.string(byteSource(source), 1, 4);
      }),
    ).toBe('"b\\"c"');
  });
});

describe('addresses', () => {
  test.each([
    [0, '"0.0.0.0"'],
    [0x0a_f4_01_02, '"10.244.1.2"'],
    [0xff_ff_ff_ff, '"255.255.255.255"'],
  ])('the IPv4 number %d is %s', (value, text) => {
    expect(
      written((writer) => {
        writer.ipv4(value);
      }),
    ).toBe(text);
  });
});
