import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { readManifest } from '../../../src/cli/manifests/read-manifest.ts';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../../../src/operator/desired/exporter-config.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { writeKafkaScripts } from '../../harness/kafka/kafka-scripts.ts';
import { createPlace, type Place, readRecords } from '../exporter/exporter-under-test.ts';
import { L7, recentRows, startIn, startTables } from '../exporter/parts.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const ROWS = 400;
const HTTP = 20;
const kafka = inject('kafka');
const run = promisify(execFile);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 5, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

function serverYaml(place: Place): string {
  return `
ingester:
  exporters:
  - protocol: kafka
    enabled: true
    endpoints: [${kafka.saslBootstrap}]
    data-sources: [${L7}]
    tag-filters:
    - field-name: l7_protocol
      operator: IN
      field-values: [${HTTP}]
    export-fields: [$tag, $metrics]
    sasl:
      enabled: true
      security-protocol: SASL_SSL
      sasl-mechanism: SCRAM-SHA-512
      username: ${place.user.username}
      password: ${place.user.password}
    topic: ${place.prefix}${L7}
`;
}

/** The configuration of a converted KafkaExporter, with short times, and the CA of the brokers. */
function configOf(manifest: string): ExporterConfig {
  const rendered = renderExporterConfig(readManifest(manifest));
  if (rendered.kind !== 'rendered') throw new Error(rendered.problems.join('\n'));
  const { config } = rendered;
  if (config.clickHouse === undefined) throw new Error('it reads from ClickHouse');
  const tls = { privateCa: true, clientCertificate: false, insecureSkipVerify: false };
  return {
    ...config,
    kafka: { ...config.kafka, tls },
    clickHouse: { ...config.clickHouse, settleSeconds: 1, latenessSeconds: 4 },
  };
}

test('a converted exporter delivers what its filter passes, with the topics and rights of kafka.sh', async () => {
  const place = await createPlace(kafka, clickHouse, 'own user');
  onTestFinished(() => place.remove());
  await kafkaFrom(kafka).revokeAll(place.user.username);
  const directory = await mkdtemp(join(tmpdir(), 'convert-'));
  const output = join(directory, 'out');
  await writeFile(join(directory, 'server.yaml'), serverYaml(place));
  await run(
    process.execPath,
    [
      ...[PROGRAM, 'convert', 'server.yaml', '--output-directory', output],
      ...['--namespace', 'test', '--name', place.checkpointTopic.replaceAll('.', '-')],
      ...['--clickhouse', clickHouse.url, '--clickhouse-secret', 'clickhouse-user'],
      ...['--start-from', 'Earliest'],
    ],
    { cwd: directory },
  );

  // An administrator reaches these brokers at another listener, without a login.
  const script = await readFile(join(output, 'kafka.sh'), 'utf8');
  await writeFile(
    join(output, 'kafka.sh'),
    script.replaceAll(kafka.saslBootstrap, kafka.bootstrap),
  );
  const admin = kafka.adminPropertiesPath;
  const properties = admin === undefined ? '' : await readFile(admin, 'utf8');
  await writeFile(join(output, 'admin.properties'), properties);
  await writeKafkaScripts(directory);
  const PATH = `${directory}:${process.env['PATH'] ?? ''}`;
  await run('sh', ['kafka.sh'], { cwd: output, env: { ...process.env, PATH } });

  const manifest = await readFile(join(output, 'kafkaexporters.yaml'), 'utf8');
  const running = await startIn(onTestFinished, place, configOf(manifest));
  const passing = await clickHouse.query(
    `SELECT toString(_id) AS id FROM ${L7} WHERE l7_protocol = ${HTTP} AND signal_source != 4 ORDER BY id FORMAT TSV`,
  );
  const ids = passing.trim().split('\n');
  expect(ids.length).toBeGreaterThan(10);
  expect(ids.length).toBeLessThan(ROWS);
  const status = await running.until(({ recordsExported }) => recordsExported >= ids.length);
  expect(status.problems).toEqual([]);
  const { values } = await readRecords(place, kafka, { dataSource: L7, count: ids.length });
  const found = values.map((value) => /"_id":(\d+)/.exec(value.toString())?.[1] ?? '');
  expect(found.sort()).toEqual(ids);
});
