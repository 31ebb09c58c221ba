import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, inject, test } from 'vitest';
import { z } from 'zod';
import { checkpointsCommand } from '../../../src/cli/checkpoints/checkpoints.ts';
import {
  CANDIDATE_PREFIX,
  CREDENTIAL_FILES,
} from '../../../src/exporter/contract/credential-files.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, type RunningExporter } from '../exporter/exporter-under-test.ts';
import {
  compareWithTable,
  L7,
  newPlace,
  type OnEnd,
  recentRows,
  startIn,
  startTables,
} from '../exporter/parts.ts';

const SHARDS = 2;
const ROWS = 300;
/** The rows of the table are in this number of seconds, which ended a minute and a half ago. */
const SPAN_SECONDS = 120;

const kafka = inject('kafka');
const admin = kafkaFrom(kafka);

type Change = Parameters<typeof configFor>[2];

interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
  /** Second of the oldest row, and the second after the newest row. */
  readonly from: number;
  readonly to: number;
  readonly run: () => Promise<RunningExporter>;
}

const iso = (second: number): string => new Date(second * 1000).toISOString();

/** A place with rows in ClickHouse, and an exporter that can be started. Both are removed after the test. */
async function createParts(
  onEnd: OnEnd,
  { change = {}, users }: { change?: Change; users?: 'own user' } = {},
): Promise<Parts> {
  const clickHouse = await startTables();
  onEnd(() => clickHouse.stop());
  const place = await newPlace(onEnd, { kafka, clickHouse }, { partitions: 3, users });
  const now = Math.floor(Date.now() / 1000);
  const from = now - 90 - SPAN_SECONDS;
  const times = { fromMicros: from * 1e6, toMicros: (now - 90) * 1e6 };
  await insertRows(clickHouse, recentRows({ seed: 5, rows: ROWS, ...times }));
  const { other, ...parts } = change;
  const delivery = { guarantee: 'ExactlyOnce', shards: SHARDS } as const;
  const config = configFor(
    place,
    { kafka, clickHouse },
    { ...parts, other: { delivery, ...other } },
  );
  // The commands read this file too.
  await place.writeConfig(config);
  const oldest = await clickHouse.query(`SELECT toUnixTimestamp(min(time)) FROM ${L7}`);
  return {
    clickHouse,
    place,
    from: Number(oldest),
    to: now - 90,
    run: () => startIn(onEnd, place, config),
  };
}

/** Runs the command as a user does. */
async function checkpoints(
  place: Place,
  ...options: readonly string[]
): Promise<{ readonly output: string; readonly said: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const [command = '', ...rest] = options;
  const files = ['--config', place.configPath, '--credentials', place.credentialsDirectory];
  try {
    await checkpointsCommand({ environment: {}, stdout, stderr, random: Math.random })
      .exitOverride()
      .parseAsync([command, ...files, ...rest], { from: 'user' });
  } finally {
    stdout.end();
    stderr.end();
  }
  const [output, said] = await outputs;
  return { output, said };
}

const shownSchema = z.object({
  shards: z.number(),
  dataSources: z.array(
    z.object({
      dataSource: z.string(),
      start: z.iso.datetime().transform((time) => Date.parse(time) / 1000),
      finalUpTo: z.iso.datetime().transform((time) => Date.parse(time) / 1000),
      sentUpTo: z.iso.datetime().transform((time) => Date.parse(time) / 1000),
      lagSeconds: z.number(),
      openSeconds: z.number(),
      rememberedRows: z.number(),
      shards: z.array(z.object({ shard: z.number() })),
    }),
  ),
});

async function shown(place: Place) {
  const { output } = await checkpoints(place, 'show', '-o', 'json');
  const { shards, dataSources } = shownSchema.parse(JSON.parse(output));
  const [only] = dataSources;
  if (only === undefined) throw new Error('the data source is shown');
  return { ...only, count: shards };
}

const endOffsets = (place: Place): Promise<unknown> =>
  admin.withAdmin((client) => client.fetchTopicOffsets(place.checkpointTopic));

describe.concurrent('the progress of an exporter', () => {
  test('is shown right after a rotation, while the new password is still the candidate in the files', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished, { users: 'own user' });
    const { place } = parts;
    const running = await parts.run();
    await running.until(({ recordsExported }) => recordsExported === ROWS);
    await running.exporter.stop();
    const { password, username } = place.user;
    await admin.setScramUser(username, `${password}-changed`);
    await expect(checkpoints(place, 'show')).rejects.toThrow('refused the user name or password');
    for (const file of Object.values(CREDENTIAL_FILES)) {
      const from = path.join(place.credentialsDirectory, file);
      const content = await readFile(from, 'utf8').catch(() => undefined);
      if (content === undefined) continue;
      const changed = content === password ? `${password}-changed` : content;
      const candidate = file === CREDENTIAL_FILES.revision ? '2' : changed;
      await writeFile(
        path.join(place.credentialsDirectory, `${CANDIDATE_PREFIX}${file}`),
        candidate,
      );
    }
    expect(await shown(place)).toMatchObject({ count: SHARDS, dataSource: L7 });
  });

  test('is shown: what is final, and how many rows of later seconds are remembered', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished, {
      change: { clickHouse: { latenessSeconds: 3_600 } },
    });
    const { clickHouse, place, from } = parts;
    const running = await parts.run();
    await running.until(({ recordsExported }) => recordsExported === ROWS);
    await running.exporter.stop();
    const seconds = Number(await clickHouse.query(`SELECT uniq(time) FROM ${L7}`));
    const beforeSeconds = Date.now() / 1_000;
    const found = await shown(place);
    const afterSeconds = Date.now() / 1_000;
    expect(found).toMatchObject({
      count: SHARDS,
      start: from,
      finalUpTo: from,
      openSeconds: seconds,
      rememberedRows: ROWS,
    });
    expect(found.sentUpTo).toBeGreaterThanOrEqual(from);
    const lookedAt = found.sentUpTo + found.lagSeconds;
    expect(lookedAt).toBeGreaterThan(beforeSeconds - 1);
    expect(lookedAt).toBeLessThan(afterSeconds + 1);
    const { output } = await checkpoints(place, 'show', '--shards');
    expect(output).toContain(`: ${SHARDS} shards, ExactlyOnce`);
    expect(output).toContain(iso(from).replace('.000', ''));
  });

  test('is moved back while the exporter runs: every later row comes twice, and no row is lost', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, from } = parts;
    const running = await parts.run();
    await running.until(({ recordsExported }) => recordsExported === ROWS);
    const to = from + 60;
    const again = Number(
      await clickHouse.query(`SELECT count() FROM ${L7} WHERE time >= toDateTime(${to})`),
    );
    const reset = await checkpoints(place, 'reset', '--to', iso(to), '--yes');
    expect(reset.output).toContain('sent again: rows that were sent, from');
    // Only a shard that commits notices at once that it was taken over.
    const rows = startRowStream(clickHouse, {
      dataSource: L7,
      seed: 6,
      rowsPerSecond: 20,
      lateShare: 0,
      lateSecondsMax: 1,
    });
    const { problems } = await running.until((status) => status.problems.length > 0);
    expect(problems).toMatchObject([{ reason: 'ProducerFenced' }]);
    expect(problems[0]?.message).toContain('as checkpoints reset does');
    await running.until(({ recordsExported }) => recordsExported > ROWS + again + 50);
    const written = await rows.stop();
    const count = ROWS + again + written;
    expect(await compareWithTable(place, { kafka, clickHouse }, count)).toMatchObject({
      missingCount: 0,
      foreignCount: 0,
      repeated: again,
    });
    const { start, finalUpTo } = await shown(place);
    expect(start).toBe(to);
    expect(finalUpTo).toBeGreaterThanOrEqual(to);
  });

  test('is moved to now: rows that were not sent are skipped, and new rows are sent', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, to } = parts;
    const first = await parts.run();
    await first.until(({ recordsExported }) => recordsExported === ROWS);
    await first.exporter.stop();
    const missed = { fromMicros: (to + 60) * 1e6, toMicros: (to + 61) * 1e6 };
    await insertRows(clickHouse, recentRows({ seed: 7, rows: 40, ...missed }));
    const reset = await checkpoints(place, 'reset', '--to', 'Now', '--data-source', L7, '--yes');
    expect(reset.output).toMatch(/skipped: rows that were not sent yet, from .*Z to .*Z/);
    expect(reset.output).not.toContain('sent again');
    const second = await parts.run();
    await second.until(({ delivering }) => delivering);
    const fromMicros = (Date.now() + 1_000) * 1000;
    const later = { fromMicros, toMicros: fromMicros + 500_000 };
    await insertRows(clickHouse, recentRows({ seed: 8, rows: 40, ...later }));
    await second.until(({ recordsExported }) => recordsExported === 40);
    expect(await compareWithTable(place, { kafka, clickHouse }, ROWS + 40)).toMatchObject({
      found: ROWS + 40,
      missingCount: 40,
      repeated: 0,
    });
  });

  test('does not change with a dry run, and the commands in the documents work', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { place, from } = parts;
    const running = await parts.run();
    await running.until(({ recordsExported }) => recordsExported === ROWS);
    await running.exporter.stop();
    const before = await endOffsets(place);
    const dry = await checkpoints(place, 'reset', '--to', 'Earliest', '--dry-run');
    expect(dry.output).toContain(`${L7} would continue from ${iso(from).replace('.000', '')}`);
    expect(dry.output).toContain('sent again: rows that were sent, from');
    expect(dry.said).toBe('nothing was written: this was a dry run\n');
    expect(await endOffsets(place)).toEqual(before);
    for (const command of documentedCommands()) {
      expect((await checkpoints(place, ...command)).output).toContain(L7);
    }
    expect((await shown(place)).start).toBe(Date.parse('2026-01-31T00:00:00Z') / 1000);
  });
});

/** The arguments of the `checkpoints` commands in the documents, in their order. */
function documentedCommands(): readonly (readonly string[])[] {
  const page = readFileSync(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
  const commands = [
    ...page.matchAll(/^kubectl exec \S+ -- deepflow-kafka-exporter checkpoints (.+)$/gm),
  ].map(([, options = '']) => options.split(' '));
  if (commands.length < 3) throw new Error('docs/delivery.md shows how to look and to move');
  return commands;
}

describe.concurrent('the command says what is wrong', () => {
  test('when neither --dry-run nor --yes is given', async ({ onTestFinished, expect }) => {
    const { place } = await createParts(onTestFinished);
    await expect(checkpoints(place, 'reset', '--to', 'Now')).rejects.toThrow(
      'either --dry-run or --yes must be given',
    );
    await expect(checkpoints(place, 'reset', '--to', 'soon', '--yes')).rejects.toThrow(
      '--to: must be Now, Earliest or an RFC 3339 time',
    );
    await expect(
      checkpoints(place, 'reset', '--to', iso(Date.now() / 1000 + 3_600), '--yes'),
    ).rejects.toThrow('--to must not be before 1970 or in the future');
    await rm(path.join(place.credentialsDirectory), { recursive: true });
    await expect(checkpoints(place, 'show')).rejects.toThrow(place.credentialsDirectory);
  });

  test('when the exporter never ran', async ({ onTestFinished, expect }) => {
    const { place } = await createParts(onTestFinished);
    await expect(checkpoints(place, 'show')).rejects.toThrow(
      `the checkpoint topic ${place.checkpointTopic} does not exist`,
    );
    await admin.createTopic(place.checkpointTopic, SHARDS);
    expect((await checkpoints(place, 'show')).output).toContain('not started');
    await expect(checkpoints(place, 'reset', '--to', 'Now', '--yes')).rejects.toThrow(
      'nothing was exported yet: spec.source.clickHouse.startFrom',
    );
  });

  test('when a right is missing, with the command that grants it', async ({
    onTestFinished,
    expect,
  }) => {
    const { place } = await createParts(onTestFinished, { users: 'own user' });
    await admin.createTopic(place.checkpointTopic, SHARDS);
    await admin.revokeAll(place.user.username);
    await expect(checkpoints(place, 'show')).rejects.toThrow(
      new RegExp(`kafka-acls.sh .* --operation Read .* --topic ${place.checkpointTopic}`),
    );
  });

  test('when a running exporter could overwrite the new time', async ({
    onTestFinished,
    expect,
  }) => {
    const delivery = { guarantee: 'AtLeastOnce', shards: SHARDS } as const;
    const parts = await createParts(onTestFinished, { change: { other: { delivery } } });
    const running = await parts.run();
    await running.until(({ recordsExported }) => recordsExported === ROWS);
    await running.exporter.stop();
    const reset = ['reset', '--to', iso(parts.from), '--yes'];
    await expect(checkpoints(parts.place, ...reset)).rejects.toThrow(
      'set spec.enabled to false, wait until its pod is gone, and add --exporter-is-stopped',
    );
    const done = await checkpoints(parts.place, ...reset, '--exporter-is-stopped');
    expect(done.output).toContain('sent again');
    const second = await parts.run();
    await second.until(({ recordsExported }) => recordsExported === ROWS);
  });
});
