import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../src/lib/buffer-pool.ts';

const KIB = 1024;

describe('a pool of buffers', () => {
  test('takes the buffer that was given back last and is large enough', () => {
    const pool = new BufferPool(10_000 * KIB);
    const [first, second] = [pool.take(100 * KIB), pool.take(100 * KIB)];
    pool.give(first);
    pool.give(second);

    expect(pool.take(90 * KIB)).toBe(second);
    expect(pool.take(90 * KIB)).toBe(first);
    expect(pool.take(90 * KIB)).not.toBe(first);
  });

  test('does not give a much larger buffer than is needed', () => {
    const pool = new BufferPool(10_000 * KIB);
    const large = pool.take(4_000 * KIB);
    pool.give(large);

    expect(pool.take(10 * KIB)).not.toBe(large);
    expect(pool.take(3_000 * KIB)).toBe(large);
  });

  test('drops its oldest buffers when they are larger together than its bound', () => {
    const pool = new BufferPool(256 * KIB);
    const [first, second, third] = [
      pool.take(128 * KIB),
      pool.take(128 * KIB),
      pool.take(128 * KIB),
    ];
    for (const buffer of [first, second, third]) pool.give(buffer);

    expect([pool.take(128 * KIB), pool.take(128 * KIB)]).toEqual([third, second]);
    expect(pool.take(128 * KIB)).not.toBe(first);
  });
});
