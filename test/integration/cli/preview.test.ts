import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { previewCommand } from '../../../src/cli/preview/preview.ts';
import { readConfig } from '../../../src/cli/manifests/read-config.ts';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';
import { encoderRequest } from '../../../src/exporter/records/encoder-request.ts';
import { expectToFit } from '../../exporter/records/schema/fits-schema.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createCertificateAuthority } from '../../harness/tls/certificate-authority.ts';
import { openDoor } from '../exporter/clickhouse-door.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const FROM = Date.now() - 600_000;

let clickHouse: ClickHouseHandle;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'preview-'));
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  for (const dataSource of [L7, L4]) {
    await insertRows(clickHouse, {
      dataSource,
      seed: 7,
      firstRow: 0,
      rows: 600,
      fromMicros: FROM * 1000,
      toMicros: (FROM + 300_000) * 1000,
    });
  }
});
afterAll(async () => {
  await clickHouse.stop();
  await rm(directory, { recursive: true });
});

/** A manifest with these fields, and another document before it. */
function manifest(spec: object): string {
  const resource = {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'flow-logs' },
    spec: {
      dataSources: [L7, L4],
      source: {
        clickHouse: { url: 'http://not-reached:8123', replicaUrls: ['http://nor-this:8123'] },
      },
      endpoints: ['not-reached:9092'],
      ...spec,
    },
  };
  return `kind: Secret\n---\n${dump(resource)}`;
}

/** Runs the command over a manifest of these fields; each record must fit the schema of the manifest. */
async function preview(
  spec: object,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {
    CLICKHOUSE_USER: clickHouse.username,
    CLICKHOUSE_PASSWORD: clickHouse.password,
  },
): Promise<{ records: readonly string[]; said: readonly string[] }> {
  const file = path.join(directory, 'manifest.yaml');
  await writeFile(file, manifest(spec));
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const outputs = Promise.all([text(stdout), text(stderr)]);
  try {
    await previewCommand({ environment, stdin: new PassThrough(), stdout, stderr })
      .exitOverride()
      .parseAsync(['-f', file, '--clickhouse', clickHouse.url, ...options], { from: 'user' });
  } finally {
    stdout.end();
    stderr.end();
  }
  const [records = [], said = []] = (await outputs).map((output) =>
    output.split('\n').filter((line) => line !== ''),
  );
  const config = await readConfig(file, new PassThrough());
  for (const record of records) {
    const { datasource } = recordSchema.parse(JSON.parse(record));
    expectToFit(
      encoderRequest(config, datasource, () => NO_NAMES),
      record,
    );
  }
  return { records, said };
}

const fixtureSchema = z.object({
  timeZone: z.string(),
  cases: z.array(
    z.object({
      dataSource: z.string(),
      translates: z.boolean(),
      row: z.string(),
      record: z.string(),
    }),
  ),
});
const recordSchema = z.looseObject({
  datasource: z.enum(DATA_SOURCES),
  time: z.number().default(0),
});
const parsed = (records: readonly string[]) =>
  records.map((record) => recordSchema.parse(JSON.parse(record)));
const iso = (ms: number): string => new Date(ms).toISOString();

describe('a preview', () => {
  test('shows the last ten records of every data source, in their order', async () => {
    const { records, said } = await preview({});
    expect(said).toEqual([]);
    const shown = parsed(records);
    expect(shown.map(({ datasource }) => datasource)).toEqual([
      ...Array.from({ length: 10 }, () => L7),
      ...Array.from({ length: 10 }, () => L4),
    ]);
    const times = shown.slice(0, 10).map(({ time }) => time);
    const newest = await clickHouse.query(
      `SELECT toUnixTimestamp(time) FROM ${L7} ORDER BY time DESC LIMIT 10`,
    );
    expect(times).toEqual(newest.trim().split('\n').map(Number).reverse());
  });

  test('shows the exact bytes that deepflow-server 7.1 would send', async () => {
    const { timeZone, cases } = fixtureSchema.parse(
      JSON.parse(
        readFileSync(new URL('../../fixtures/deepflow-records.json', import.meta.url), 'utf8'),
      ),
    );
    // Names are not translated, so the dictionaries of the fixture are not needed.
    const call = cases.find(({ dataSource, translates }) => dataSource === L7 && !translates);
    if (call === undefined) throw new Error('the fixture has a call that is not translated');
    await clickHouse.query(`ALTER TABLE ${L7} REMOVE TTL`);
    await clickHouse.insert(L7, call.row);
    const { records } = await preview(
      {
        dataSources: [L7],
        recordFormat: 'Compatible',
        timeZone,
        exportFields: ['$tag', '$metrics'],
        enumTranslateToNameDisabled: true,
        universalTagTranslateToNameDisabled: true,
      },
      ['--from', '2024-06-10T14:13:20+08:00', '--to', '2024-06-10T14:13:21+08:00'],
    );
    expect(records).toEqual([call.record]);
  });

  test('shows all records of a range that pass the filter', async () => {
    const range = ['--from', iso(FROM + 60_000), '--to', iso(FROM + 120_000)];
    const { records } = await preview(
      { tagFilters: [{ fieldName: 'server_port', operator: '!=', fieldValues: ['8080'] }] },
      ['--data-source', L7, ...range],
    );
    const [from, to] = [FROM + 60_000, FROM + 120_000].map((ms) => Math.floor(ms / 1000));
    const expected = await clickHouse.query(
      `SELECT count() FROM ${L7} WHERE time >= toDateTime(${from}) AND time < toDateTime(${to}) AND server_port != 8080`,
    );
    expect(records.length).toBeGreaterThan(0);
    expect(records).toHaveLength(Number(expected));
  });

  test('explains each row: which filter rejects it, or what its record leaves out', async () => {
    const { records, said } = await preview(
      {
        tagFilters: [{ fieldName: 'server_port', operator: '=', fieldValues: ['8080'] }],
        exportFields: ['server_port', 'trace_id', 'request_id', 'pod_id_0'],
      },
      ['--data-source', L7, '--limit', '100', '--explain'],
    );
    expect(said).toHaveLength(100);
    const rejected = said.filter((line) => line.includes(': rejected'));
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejected[0]).toMatch(
      /^flow_log\.l7_flow_log row \d+: rejected, does not pass tagFilters\[0\]: server_port = 8080$/,
    );
    const sent = said.filter((line) => line.includes(': sent'));
    expect(sent).toHaveLength(records.length);
    expect(records.every((record) => record.includes('"server_port":8080'))).toBe(true);
    expect(sent.some((line) => line.endsWith(': sent with every field'))).toBe(true);
    expect(sent.some((line) => line.endsWith(': sent; empty and left out: trace_id'))).toBe(true);
    expect(sent.some((line) => line.includes('request_id'))).toBe(true);
    records.forEach((record, i) => {
      expect(record.includes('"trace_id"')).not.toBe(sent[i]?.includes('trace_id'));
      expect(record.includes('"pod_0"')).not.toBe(sent[i]?.includes('pod_0'));
    });
  });

  test('explains which key each record gets', async () => {
    const { records, said } = await preview(
      { dataSources: [L7], producer: { keyField: 'trace_id' }, exportFields: ['trace_id'] },
      ['--limit', '50', '--explain'],
    );
    const traceOf = (record: string) => /"trace_id":("[^"]*")/.exec(record)?.[1];
    expect(said.map((line) => /; (?:key (.+)|no key)$/.exec(line)?.[1])).toEqual(
      records.map(traceOf),
    );
    expect(new Set(said.map((line) => line.endsWith('; no key')))).toEqual(new Set([true, false]));
  });

  test('regards a column that the table lacks as empty if only a filter names it', async () => {
    const events = 'event.proc_ops_event';
    const second = Math.floor(FROM / 1000);
    await clickHouse.query(`ALTER TABLE ${events} DROP COLUMN app_instance`);
    await clickHouse.insert(events, [{ time: second, _id: 1 }]);
    const rowsWith = (value: string) =>
      preview({
        dataSources: [events],
        exportFields: ['_id'],
        tagFilters: [{ fieldName: 'app_instance', operator: '=', fieldValues: [value] }],
      });
    expect((await rowsWith('')).records).toHaveLength(1);
    expect((await rowsWith('a')).records).toEqual([]);
  });

  test('explains why imported calls are not shown', async () => {
    const { said } = await preview({ recordFormat: 'Compatible' }, [
      '--data-source',
      L7,
      '--limit',
      '200',
      '--explain',
    ]);
    expect(said.filter((line) => line.includes('source.clickHouse.importedSpans')).length).toBe(
      Number(
        await clickHouse.query(
          `SELECT countIf(signal_source = 4) FROM (SELECT * FROM ${L7} ORDER BY time DESC LIMIT 200)`,
        ),
      ),
    );
  });

  test('ends without an error when its reader closes the pipe', async () => {
    const file = path.join(directory, 'enough.yaml');
    await writeFile(file, manifest({ dataSources: [L7] }));
    const stdout = new PassThrough();
    const environment = {
      CLICKHOUSE_USER: clickHouse.username,
      CLICKHOUSE_PASSWORD: clickHouse.password,
    };
    stdout.once('data', () => stdout.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' })));
    const streams = { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
    await previewCommand({ environment, ...streams }).parseAsync(
      ['-f', file, '--clickhouse', clickHouse.url, '--limit', '500'],
      { from: 'user' },
    );
    expect(stdout.destroyed).toBe(true);
  });

  test('reads the password from a file', async () => {
    const file = path.join(directory, 'password');
    await writeFile(file, `${clickHouse.password}\n`);
    const { records } = await preview({}, ['--password-file', file, '--limit', '1'], {
      CLICKHOUSE_USER: clickHouse.username,
    });
    expect(records).toHaveLength(2);
    await expect(
      preview({}, [], { CLICKHOUSE_USER: clickHouse.username, CLICKHOUSE_PASSWORD: 'wrong' }),
    ).rejects.toThrow('refused the user name or password');
  });

  test('says once that ClickHouse refuses the password', async () => {
    const stderr = new PassThrough();
    const said = text(stderr);
    const file = path.join(directory, 'refused.yaml');
    await writeFile(file, manifest({}));
    const command = previewCommand({
      environment: { CLICKHOUSE_USER: clickHouse.username, CLICKHOUSE_PASSWORD: 'wrong' },
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr,
    });
    const options = ['-f', file, '--clickhouse', clickHouse.url];
    await expect(command.parseAsync(options, { from: 'user' })).rejects.toThrow(
      'refused the user name or password',
    );
    stderr.end();
    expect(await said).toBe('');
  });

  test('says that a data source has no rows in the range, or none that pass the filter', async () => {
    const range = ['--from', '2020-01-01T00:00:00Z', '--to', '2020-01-02T00:00:00Z'];
    const { said } = await preview({}, range);
    expect(said).toEqual([
      `${L7}: there are no rows from 2020-01-01T00:00:00Z to 2020-01-02T00:00:00Z`,
      `${L4}: there are no rows from 2020-01-01T00:00:00Z to 2020-01-02T00:00:00Z`,
    ]);
    const filter = { fieldName: 'server_port', operator: '=', fieldValues: ['1'] };
    expect((await preview({ dataSources: [L7], tagFilters: [filter] })).said).toEqual([
      `${L7}: no rows pass the filters; --explain shows the newest rows and the filters that reject them`,
    ]);
  });

  test('reads the manifest from standard input', async () => {
    const stdin = new PassThrough();
    stdin.end(manifest({ dataSources: [L7] }));
    const stdout = new PassThrough();
    const records = text(stdout);
    await previewCommand({
      environment: {
        CLICKHOUSE_USER: clickHouse.username,
        CLICKHOUSE_PASSWORD: clickHouse.password,
      },
      stdin,
      stdout,
      stderr: new PassThrough(),
    }).parseAsync(['-f', '-', '--clickhouse', clickHouse.url, '--limit', '2'], { from: 'user' });
    stdout.end();
    expect((await records).trim().split('\n')).toHaveLength(2);
  });

  test('reads CA certificates and a client certificate from files', async () => {
    const authority = await createCertificateAuthority(directory);
    const issue = (name: string) =>
      authority.issue({ name, addresses: ['127.0.0.1'], hostNames: [] });
    const [server, client] = [await issue('server'), await issue('client')];
    const tls = {
      cert: readFileSync(server.certificatePath),
      key: readFileSync(server.keyPath),
      ca: authority.caPem,
    };
    const door = await openDoor(clickHouse, { tls, mutual: true });
    const certificate = [
      '--certificate-file',
      client.certificatePath,
      '--key-file',
      client.keyPath,
    ];
    const options = ['--clickhouse', door.url, '--limit', '1'];
    const { records } = await preview({}, [
      ...options,
      '--ca-file',
      authority.caPath,
      ...certificate,
    ]);
    expect(records).toHaveLength(2);
    await expect(preview({}, [...options, ...certificate])).rejects.toThrow('not trusted');
    await door.close();
  });

  test.each([
    [
      'half a client certificate',
      {},
      ['--key-file', 'client.key'],
      '--certificate-file and --key-file must be given together',
    ],
    [
      'another data source',
      {},
      ['--data-source', 'event.file_event'],
      'must be one of spec.dataSources',
    ],
    [
      'half a range',
      {},
      ['--from', '2026-01-01T00:00:00Z'],
      '--from and --to must be given together',
    ],
    [
      'a time that is not valid',
      {},
      ['--from', 'yesterday', '--to', 'today'],
      '--from: must be an RFC 3339 time',
    ],
    [
      'one time that is not valid',
      {},
      ['--from', 'yesterday'],
      /^--from: must be an RFC 3339 time, such as 2026-01-31T00:00:00Z$/,
    ],
    [
      'a number of rows that is out of range',
      {},
      ['--limit', '-1'],
      /^--limit: must be a whole number of 1 to 1000000$/,
    ],
    [
      'an address with a password',
      {},
      ['--clickhouse', 'http://user:secret@127.0.0.1:8123'],
      /^--clickhouse: must be http:\/\/host:port or https:\/\/host:port, without a user name and password/,
    ],
    [
      'a data source that does not exist',
      {},
      ['--data-source', 'flow_log.l7'],
      'the nearest is "flow_log.l7_flow_log"',
    ],
    [
      'an empty range',
      {},
      ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T00:00:00Z'],
      '--from must be before --to',
    ],
    ['a spec that is not valid', { batchSize: 0 }, [], 'spec.batchSize: '],
    [
      'a field that no record has',
      { tagFilters: [{ fieldName: 'serverport', operator: '=', fieldValues: ['1'] }] },
      [],
      'serverport',
    ],
    [
      'a table that is missing',
      {
        dataSources: ['event.perf_event'],
        source: { clickHouse: { url: 'http://x:1', organizationId: 9 } },
      },
      [],
      'the ClickHouse table 0009_event.perf_event does not exist',
    ],
    [
      'a ClickHouse that cannot be reached',
      {},
      ['--clickhouse', 'http://127.0.0.1:1'],
      'http://127.0.0.1:1',
    ],
  ])('says what is wrong with %s', async (_name, spec, options, words) => {
    await expect(preview(spec, options)).rejects.toThrow(words);
  });
});
