import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { requireCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';
import { openRun } from '../process/run.ts';
import { answerByGit } from './http-backend.ts';

/** Contents of files by their paths; undefined: the file is deleted. */
export type FileChanges = Readonly<Record<string, string | undefined>>;

/** A repository that the server has. Its branch is `main`. */
export interface GitRepository {
  readonly url: string;
  /** Commits to `main`, and returns the id of the commit. Files that are not named stay. */
  commit(changes: FileChanges): Promise<string>;
}

/** A running Git server. */
export interface GitServer {
  /** Makes an empty repository. */
  repository(name: string): Promise<GitRepository>;
  stop(): Promise<void>;
}

const BRANCH = 'main';

/** Starts a Git server over HTTP on 127.0.0.1. Everybody may read; a test commits by the handle. */
export async function startGitServer(): Promise<GitServer> {
  await requireCommand('git', 'Install git.');
  const run = await openRun('git');
  const server = createServer((request, response) => {
    answerByGit(run.folder, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    repository: (name) =>
      createRepository(run.folder, name, `http://127.0.0.1:${port}/${name}.git`),
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await run.stop();
    },
  };
}

async function createRepository(root: string, name: string, url: string): Promise<GitRepository> {
  const bare = join(root, `${name}.git`);
  const tree = join(root, `${name}.tree`);
  await git(root, 'init', '--quiet', '--bare', `--initial-branch=${BRANCH}`, bare);
  await git(root, 'clone', '--quiet', bare, tree);
  return {
    url,
    commit: async (changes) => {
      for (const [path, content] of Object.entries(changes)) {
        await writeChange(join(tree, path), content);
      }
      await git(tree, 'add', '--all');
      await git(tree, 'commit', '--quiet', '--allow-empty', '--message', 'Change the manifests');
      await git(tree, 'push', '--quiet', 'origin', `HEAD:${BRANCH}`);
      return (await git(tree, 'rev-parse', 'HEAD')).trim();
    },
  };
}

async function writeChange(path: string, content: string | undefined): Promise<void> {
  if (content === undefined) return rm(path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Git as nobody in particular: neither the configuration of this machine nor that of its user takes part. */
function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const person = { NAME: 'Tester', EMAIL: 'tester@example.com' };
  return runCommand('git', args, {
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: person.NAME,
      GIT_AUTHOR_EMAIL: person.EMAIL,
      GIT_COMMITTER_NAME: person.NAME,
      GIT_COMMITTER_EMAIL: person.EMAIL,
    },
  });
}
