import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchCredentials } from '../../../src/exporter/config/credential-store.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { until } from '../../lib/until.ts';

let directory = '';
const stop = new AbortController();

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'credentials-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Writes a revision like the kubelet: it writes a new directory, then points the link to it. */
async function publish(revision: number, files: Readonly<Record<string, string>>): Promise<void> {
  const own = path.join(directory, `..${revision}`);
  await mkdir(own);
  await writeFile(path.join(own, 'revision'), String(revision));
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(own, name), content);
  await symlink(`..${revision}`, path.join(directory, '..next'));
  await rename(path.join(directory, '..next'), path.join(directory, '..data'));
}

async function watched() {
  const clock = createManualClock();
  const store = await watchCredentials({ clock, logger: silentLogger }, directory, stop.signal);
  return { clock, store };
}

/** File reads are real, so the manual clock does not control when they end. */
async function advanceUntil(clock: ReturnType<typeof createManualClock>, isTrue: () => boolean) {
  await until('the change', async () => {
    await clock.advance(1_000);
    return isTrue();
  });
}

describe('credentials', () => {
  test('are the files of the mounted directory, exactly as they are', async () => {
    await publish(3, { 'kafka-sasl-username': 'user', 'kafka-sasl-password': ' pass\n' });
    const { store } = await watched();
    expect(store.current()).toMatchObject({
      revision: 3,
      saslUsername: 'user',
      saslPassword: ' pass\n',
      kafkaCa: undefined,
    });
  });

  test('change as a whole when the kubelet swaps the directory', async () => {
    await publish(1, { 'kafka-sasl-username': 'a', 'kafka-sasl-password': 'a1' });
    const { clock, store } = await watched();
    let changes = 0;
    store.onChange(() => {
      changes++;
    });
    await clock.advance(5_000);
    expect(changes).toBe(0);
    await publish(2, { 'kafka-sasl-username': 'b', 'kafka-sasl-password': 'b2' });
    await advanceUntil(clock, () => changes > 0);
    expect(store.current()).toMatchObject({ revision: 2, saslUsername: 'b', saslPassword: 'b2' });
    expect(changes).toBe(1);
  });

  test('change as soon as the kubelet has swapped the directory', async () => {
    await publish(1, {});
    const { store } = await watched();
    await publish(2, {});
    // The clock stands still: no time passes for whoever waits for the next look.
    await until('revision 2', () => store.current().revision === 2);
    await publish(3, {});
    await until('revision 3', () => store.current().revision === 3);
  });

  test('are read from a plain directory as well', async () => {
    await writeFile(path.join(directory, 'clickhouse-username'), 'reader');
    const { store } = await watched();
    expect(store.current()).toMatchObject({ clickHouseUsername: 'reader', revision: undefined });
  });

  test('must be there at the start', async () => {
    await rm(directory, { recursive: true });
    await expect(watched()).rejects.toThrow(/ENOENT/);
    await mkdir(directory);
  });
});

describe('candidate credentials', () => {
  const OFFERED = {
    'kafka-sasl-password': 'old',
    'candidate.revision': '4',
    'candidate.kafka-sasl-password': 'new',
  };

  test('are not in use before they are accepted, also in a pod that starts anew', async () => {
    await publish(3, OFFERED);
    const { store } = await watched();
    expect(store.current()).toMatchObject({ revision: 3, saslPassword: 'old' });
    expect(store.candidate()).toMatchObject({ revision: 4, saslPassword: 'new' });
  });

  test('are in use once they are accepted, and stay the same object when they are published', async () => {
    await publish(3, OFFERED);
    const { clock, store } = await watched();
    const said: unknown[] = [];
    store.onChange(() => said.push(store.current().revision));
    store.accept(4);
    expect([store.current().saslPassword, store.candidate()]).toEqual(['new', undefined]);
    const inUse = store.current();
    await publish(4, { 'kafka-sasl-password': 'new' });
    await advanceUntil(clock, () => said.length === 2);
    expect(said).toEqual([4, 4]);
    expect(store.current()).toBe(inUse);
  });

  test('that were replaced meanwhile cannot be accepted', async () => {
    await publish(3, OFFERED);
    const { store } = await watched();
    store.accept(5);
    expect(store.current()).toMatchObject({ revision: 3 });
  });

  test('that are withdrawn after they were accepted are no longer in use', async () => {
    await publish(3, OFFERED);
    const { clock, store } = await watched();
    store.accept(4);
    await publish(5, { 'kafka-sasl-password': 'old' });
    await advanceUntil(clock, () => store.current().revision === 5);
    expect(store.current()).toMatchObject({ revision: 5, saslPassword: 'old' });
  });
});
