import type { Memory } from '../../src/lib/buffer-pool.ts';

const POISON = 0xdd;

/** Memory that is full of rubbish when it is taken, and again once it is given back: who still reads it then, shows. */
export const poisonedMemory: Memory = {
  take: (bytes) => Buffer.alloc(Math.ceil(bytes), POISON),
  give: (buffer) => {
    buffer.fill(POISON);
  },
};
