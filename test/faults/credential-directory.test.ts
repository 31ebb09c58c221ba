import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCredentialDirectory } from './credential-directory.ts';

test('files change together, under a revision that grows, and nothing old is left', async ({
  onTestFinished,
}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'credentials-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const first = { saslUsername: 'u', saslPassword: 'first' };
  const directory = await createCredentialDirectory(path.join(folder, 'files'), first);
  await directory.replace({ ...first, saslPassword: 'second' });
  const read = (file: string): Promise<string> => readFile(path.join(directory.path, file), 'utf8');
  expect(await read('kafka-sasl-password')).toBe('second');
  expect(await read('revision')).toBe('2');
  expect((await readdir(directory.path)).filter((name) => name.startsWith('..rev'))).toHaveLength(
    1,
  );
});
