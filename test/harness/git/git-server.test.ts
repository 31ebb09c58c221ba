import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { startGitServer } from './git-server.ts';

it('gives a client each commit over HTTP', async () => {
  const server = await startGitServer();
  const folder = await mkdtemp(join(tmpdir(), 'git-client-'));
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const repository = await server.repository('clusters');
  const first = await repository.commit({ 'a/one.yaml': 'one\n', 'two.yaml': 'two\n' });
  await runCommand('git', ['clone', '--quiet', '--branch', 'main', repository.url, folder]);
  expect(await readFile(join(folder, 'a/one.yaml'), 'utf8')).toBe('one\n');

  const second = await repository.commit({ 'a/one.yaml': 'other\n', 'two.yaml': undefined });
  expect(second).not.toBe(first);
  await runCommand('git', ['pull', '--quiet'], { cwd: folder });
  expect(await readFile(join(folder, 'a/one.yaml'), 'utf8')).toBe('other\n');
  await expect(readFile(join(folder, 'two.yaml'))).rejects.toThrow('ENOENT');
});
