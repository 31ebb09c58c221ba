import { expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';

it('gives no port twice to programs that start at the same time', async () => {
  const ports = (await Promise.all(Array.from({ length: 200 }, () => freePorts(2)))).flat();
  expect(ports).toHaveLength(400);
  expect(new Set(ports).size).toBe(400);
});
