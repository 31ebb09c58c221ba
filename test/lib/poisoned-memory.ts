import type { Memory } from '../../src/lib/buffer-pool.ts';

const POISON = 0xdd;

/**
 * Memory that is filled with 0xdd when it is taken and when it is given back, so that a test fails when code reads bytes
 * that it has not written, or that it has given back.
 */
export const poisonedMemory: Memory = {
  take: (bytes) => Buffer.alloc(Math.ceil(bytes), POISON),
  give: (buffer) => {
    buffer.fill(POISON);
  },
};
