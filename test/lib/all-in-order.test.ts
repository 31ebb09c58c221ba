import { expect, it } from 'vitest';
import { allInOrder } from '../../src/lib/all-in-order.ts';

it('the values of all come in their order', async () => {
  const slow = Promise.resolve().then(() => Promise.resolve('slow'));
  expect(await allInOrder([slow, Promise.resolve(2)])).toEqual(['slow', 2]);
});

it('of several failures the first in the order of the list is thrown, whichever came first', async () => {
  const late = Promise.resolve().then(() => Promise.reject(new Error('first')));
  const early = Promise.reject(new Error('second'));
  await expect(allInOrder([late, early])).rejects.toThrow('first');
});
