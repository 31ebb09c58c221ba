import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cacheEntry } from '../../harness/cache/cache-entry.ts';
import { packPackage } from '../../harness/commands/pack-package.ts';
import { runCommand } from '../../harness/commands/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');
const VERSION = '4.7.0';
const RELEASE = /https:\S+\.tgz/;
const REPOSITORY = /https:\S+\/deepflow-kafka-exporter\n/;

let folder: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pre-commit-'));
  const program = await preCommitFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  // The machine's own Node may be older; nodeenv looks for both names.
  for (const name of ['node', 'nodejs']) await symlink(process.execPath, join(bin, name));
  env = {
    PYTHONPATH: program,
    PRE_COMMIT_HOME: join(folder, 'home'),
    PATH: [bin, process.env['PATH']].join(delimiter),
  };
});
afterAll(() => rm(folder, { recursive: true }));

/** pre-commit of PyPI with what it needs. */
function preCommitFolder(): Promise<string> {
  const title = `fetching pre-commit ${VERSION}`;
  return cacheEntry({ name: 'pre-commit', version: VERSION, title }, async (target) => {
    const options = ['--quiet', '--no-input', '--disable-pip-version-check', '--target', target];
    await runCommand('python3', ['-m', 'pip', 'install', ...options, `pre-commit==${VERSION}`]);
  });
}

/** A block of docs/command-line.md for `.pre-commit-config.yaml`. */
async function documented(contains: RegExp): Promise<string> {
  const page = await readFile(join(ROOT, 'docs/command-line.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n(repos:\n.*?)```/gs)].map(([, block]) => block ?? '');
  const block = blocks.find((each) => contains.test(each));
  if (block === undefined) throw new Error(`docs/command-line.md has no block with ${contains}`);
  return block;
}

/** Makes a repository with these files in its only commit, and returns its folder. */
async function commit(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const repository = join(folder, name);
  await mkdir(repository);
  for (const [file, text] of Object.entries(files)) await writeFile(join(repository, file), text);
  const author = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    [...author, 'commit', '--quiet', '--message', 'first'],
    ['tag', 'v0.1.0'],
  ]) {
    await runCommand('git', args, { cwd: repository });
  }
  return repository;
}

/** What pre-commit prints for one valid and one invalid KafkaExporter in a repository with this configuration. */
async function verdictOf(name: string, config: string, more = env): Promise<string> {
  const valid = await readFile(join(ROOT, 'examples/flow-logs.yaml'), 'utf8');
  const repository = await commit(name, {
    '.pre-commit-config.yaml': config,
    'good.yaml': valid,
    'bad.yaml': valid.replace('dataSources:', 'dataSource:'),
  });
  const run = ['-m', 'pre_commit', 'run', '--all-files'];
  const failed = await runCommand('python3', run, { cwd: repository, env: more }).catch(String);
  await runCommand('git', ['rm', '--quiet', 'bad.yaml'], { cwd: repository });
  expect(await runCommand('python3', run, { cwd: repository, env: more })).toMatch(/Passed/);
  return failed;
}

const PROBLEM = /bad\.yaml:\d+:\d+: spec\.dataSource: is unknown; the nearest is "dataSources"/;

it('the hook that installs a release finds an invalid KafkaExporter, and passes a valid one', async () => {
  const config = (await documented(RELEASE)).replace(
    RELEASE,
    `file://${await packPackage(folder)}`,
  );
  expect(await verdictOf('installs', config)).toMatch(PROBLEM);
});

it('the hook of the repository does so with the command that is installed', async () => {
  const hooks = await commit('hooks', {
    '.pre-commit-hooks.yaml': await readFile(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'),
  });
  const config = (await documented(REPOSITORY)).replace(REPOSITORY, `${hooks}\n`);
  const bin = join(folder, 'installed');
  await mkdir(bin);
  const program = join(bin, 'deepflow-kafka-exporter');
  await writeFile(program, `#!/bin/sh\nexec node ${ROOT}/src/cli/main.ts "$@"\n`, {
    mode: 0o755,
  });
  const installed = { ...env, PATH: [bin, env['PATH']].join(delimiter) };
  expect(await verdictOf('uses', config, installed)).toMatch(PROBLEM);
});
