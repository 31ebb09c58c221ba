import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { identifyProcess, isAlive } from '../harness/process/process-identity.ts';
import { until } from '../lib/until.ts';

describe('the harness’s cache', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'harness-cache-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is filled once by two processes at once', async () => {
    const runs = [fill('once'), fill('once')];
    const [first, second] = await Promise.all(runs.map(output));
    expect(first).toBe(second);
    expect(await readFile(join(first ?? '', 'fills'), 'utf8')).toBe('filled\n');
  });

  it('does not count an interrupted fill, nor the lock of the process that was killed in it', async () => {
    const killed = fill('interrupted', 'await new Promise(() => setInterval(() => {}, 1000));');
    await until('a fill', async () =>
      (await readdir(folder)).some((name) => name.includes('filling')),
    );
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await output(fill('interrupted'))).toBe(join(folder, 'interrupted-1'));
    expect((await readdir(folder)).filter((name) => name.includes('filling'))).toEqual([]);
  });

  it('does not count a fill that failed', async () => {
    await expect(output(fill('failed', 'throw new Error("no");'))).rejects.toThrow(/no/);
    expect(await output(fill('failed'))).toBe(join(folder, 'failed-1'));
  });

  function fill(name: string, before = ''): ChildProcess {
    const module = import.meta.resolve('../harness/cache/cache-entry.ts');
    return run(
      `import { appendFileSync } from 'node:fs';
      import { cacheEntry } from '${module}';
      const entry = { name: '${name}', version: '1', title: 'filling' };
      console.log(await cacheEntry(entry, async (folder) => {
        ${before}
        await new Promise((resolve) => setTimeout(resolve, 300));
        appendFileSync(folder + '/fills', 'filled\\n');
      }));`,
      { DEEPFLOW_HARNESS_CACHE: folder },
    );
  }
});

describe('the harness’s runs', () => {
  it('end with their folder when the process that started them is killed', async () => {
    const module = import.meta.resolve('../harness/process/run.ts');
    const owner = run(
      `import { openRun } from '${module}';
      const run = await openRun('test');
      const sleeper = await run.start({ name: 'sleeper', command: 'sleep', args: ['600'] });
      console.log(JSON.stringify({ folder: run.folder, pid: sleeper.pid }));
      setInterval(() => {}, 1000);`,
    );
    const line = await firstLine(owner);
    const [, folder = '', pid = ''] = /"folder":"(.*)","pid":(\d+)/.exec(line) ?? [];
    const sleeper = identifyProcess(Number(pid));
    if (sleeper === undefined) throw new Error('The program must run.');
    owner.kill('SIGKILL');
    await until('the end of the program', () => !isAlive(sleeper));
    await until('the end of the folder', () => isGone(folder));
  });

  it('are looked at while others end and remove their folders', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'harness-runs-'));
    const module = import.meta.resolve('../harness/process/sweep-dead-runs.ts');
    const looks = run(
      `import { mkdir, rm } from 'node:fs/promises';
      import { sweepDeadRuns } from '${module}';
      let isOver = false;
      const comeAndGo = async (name) => {
        while (!isOver) {
          const folder = '${temporary}/deepflow-harness/' + name;
          await mkdir(folder, { recursive: true });
          await rm(folder, { recursive: true });
        }
      };
      const runs = Array.from({ length: 20 }, (_, index) => comeAndGo('run-' + index));
      for (let look = 0; look < 50; look++) await sweepDeadRuns();
      isOver = true;
      await Promise.all(runs);
      console.log('looked');`,
      { TMPDIR: temporary },
    );
    expect(await output(looks)).toBe('looked');
    await rm(temporary, { recursive: true });
  });
});

describe('the harness’s free ports', () => {
  it('are given to one process alone while it lives, although nobody listens on them', async () => {
    const module = import.meta.resolve('../harness/process/free-ports.ts');
    const owners = [0, 1].map(() =>
      run(
        `import { freePorts } from '${module}';
        console.log((await freePorts(${PORTS})).join(' '));
        setInterval(() => {}, 1000);`,
      ),
    );
    onTestFinished(() => {
      for (const owner of owners) owner.kill('SIGKILL');
    });
    const lines = await Promise.all(owners.map(firstLine));
    const ports = lines.flatMap((line) => line.split(' '));
    expect(ports).toHaveLength(2 * PORTS);
    expect(new Set(ports).size).toBe(2 * PORTS);
  });
});

/** So many of 12 000 that two processes that do not know of each other would choose some of the same. */
const PORTS = 500;

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The output was asked for.');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('The process has ended without a line.');
}

function run(source: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const args = ['--input-type=module-typescript', '--eval', source];
  return spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
}

async function output(child: ChildProcess): Promise<string> {
  if (child.stdout === null || child.stderr === null) throw new Error('The output was asked for.');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (stdout === '') throw new Error(stderr);
  return stdout.trim();
}

async function isGone(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch {
    return true;
  }
}

describe('the harness’s older ClickHouse', () => {
  it('answers a query although its engine has crashed, and says so of a statement that changes rows', async () => {
    const clickHouse = await startClickHouse({ engine: '23.10' });
    onTestFinished(clickHouse.stop);
    const crash = async (): Promise<void> => {
      const server = String(clickHouse.processId);
      const children = await readFile(`/proc/${server}/task/${server}/children`, 'utf8');
      for (const pid of children.trim().split(' ')) process.kill(Number(pid), 'SIGSEGV');
    };
    await clickHouse.query('CREATE TABLE kept (x UInt8) ENGINE = MergeTree ORDER BY x');
    await clickHouse.query('INSERT INTO kept VALUES (7)');
    await crash();
    expect(await clickHouse.query('SELECT x FROM kept')).toBe('7\n');
    await crash();
    await expect(clickHouse.query('INSERT INTO kept VALUES (8)')).rejects.toThrow(
      'the engine has ended (SIG',
    );
    expect(await clickHouse.query('SELECT x FROM kept')).toBe('7\n');
  });
});
