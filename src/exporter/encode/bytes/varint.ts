/**
 * The size in bytes of a value's zigzag varint, the form of integers in a Kafka record (KIP-98).
 */
export function varintSize(value: number): number {
  let rest = zigzag(value);
  let bytes = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    bytes++;
  }
  return bytes;
}

/** Writes a value's zigzag varint at `at`, and returns the position after it. Values up to 2^52. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = zigzag(value);
  let position = at;
  while (rest >= 0x80) {
    const next = Math.floor(rest / 0x80);
    buffer[position++] = rest - next * 0x80 + 0x80;
    rest = next;
  }
  buffer[position++] = rest;
  return position;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Reads a value's zigzag varint at `at`, and returns it with the position after it. Values up to 2^52. */
export function readVarint(
  buffer: Buffer,
  at: number,
): { readonly value: number; readonly end: number } {
  let rest = 0;
  let factor = 1;
  let end = at;
  for (;;) {
    const byte = buffer.readUInt8(end++);
    rest += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
    factor *= 0x80;
  }
  return { value: rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2, end };
}
