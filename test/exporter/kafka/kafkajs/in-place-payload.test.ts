import { describe, expect, test } from 'vitest';
import { InPlacePayload } from '../../../../src/exporter/kafka/kafkajs/in-place-payload.ts';

describe('a payload', () => {
  const text = Buffer.from('..........body');
  const bytes = (): Buffer => Buffer.from(text).subarray(10);

  test('gets its headers in the memory before it', () => {
    const body = bytes();
    const payload = new InPlacePayload(body, 10);
    payload.prepend(Buffer.from('head '));
    payload.prepend(Buffer.from('two, '));

    expect(payload.buffer.toString()).toBe('two, head body');
    expect(payload.size()).toBe(14);
    expect(payload.buffer.buffer).toBe(body.buffer);
  });

  test('is copied when there is no room before it, and the bytes before it stay', () => {
    const body = bytes();
    const payload = new InPlacePayload(body, 6);
    payload.prepend(Buffer.from('head '));
    payload.prepend(Buffer.from('two, '));

    expect(payload.buffer.toString()).toBe('two, head body');
    const before = Buffer.from(body.buffer, body.byteOffset - 10, 5);
    expect(before.toString()).toBe('.....');
  });
});
