import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('npm run release without Helm says what is missing, and leaves the folder as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  writeFileSync(join(folder, 'old'), '');
  const script = join(import.meta.dirname, '../scripts/release.ts');
  const args = [script, '--image', 'registry.example.com/x:1', '--folder', folder];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: folder },
  });
  const files = readdirSync(folder);
  rmSync(folder, { recursive: true });
  expect(stderr).toMatch(/^Helm 4 packs the chart, and there is no program helm in PATH: .+\n$/);
  expect({ files, status }).toEqual({ files: ['old'], status: 1 });
});
