import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string(), description: z.string() });

/** Version and description of the program, from its package.json. */
export function readPackage(): z.infer<typeof packageSchema> {
  const file = new URL('../../../package.json', import.meta.url);
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
