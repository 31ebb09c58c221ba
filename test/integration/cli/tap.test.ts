import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { tapCommand } from '../../../src/cli/tap/tap.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { kubernetesFrom } from '../../harness/kubernetes/kubernetes-access.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  runExporter,
  type RunningExporter,
} from '../exporter/exporter-under-test.ts';
import { L7, recentRows } from '../exporter/parts.ts';
import { impersonating } from '../operator/cluster/cluster-under-test.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
const NAMESPACE = 'team';
const READER = { username: `reader-${process.pid}`, password: 'reads-and-writes-nothing' };

let kubernetes: KubernetesHandle;
let clickHouse: ClickHouseHandle;
let place: Place;
let running: RunningExporter;

beforeAll(async () => {
  [kubernetes, clickHouse] = await Promise.all([startKubernetes(), startClickHouse()]);
  await createSchema(clickHouse);
  place = await createPlace(kafka, clickHouse, 'own user');
  await admin.createTopic(`${place.prefix}${L7}`, 3);
  await admin.setScramUser(READER.username, READER.password);
  const operations = ['describe', 'read'] as const;
  await admin.grant(READER.username, {
    resource: 'topic',
    pattern: 'prefixed',
    name: place.prefix,
    operations,
  });
  await place.writeConfig(
    configFor(place, { kafka, clickHouse }, { clickHouse: { startFrom: 'Now' } }),
  );
  running = await runExporter(place);
  const { kubectl } = kubernetesFrom(kubernetes);
  await kubectl(['apply', '--server-side', '-k', 'crds']);
  await untilEstablished(kubectl);
  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['apply', '--namespace', NAMESPACE, '-f', '-'], manifests());
});

afterAll(async () => {
  await running.exporter.stop();
  await place.remove();
  await Promise.all([kubernetes.stop(), clickHouse.stop()]);
});

/** The exporter that runs, as a user has applied it, with its Secrets. */
function manifests(): string {
  const secret = (name: string, stringData: object): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  });
  const exporter = (name: string, endpoints: readonly string[]): object => ({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name },
    spec: {
      dataSources: [L7],
      source: {
        clickHouse: { url: clickHouse.url, credentialsSecretRef: { name: 'clickhouse' } },
      },
      endpoints,
      topic: `${place.prefix}{dataSource}`,
      sasl: { mechanism: 'SCRAM-SHA-512', credentialsSecretRef: { name: 'kafka' } },
      tls: { caSecretRef: { name: 'ca' } },
    },
  });
  const { password, username } = clickHouse;
  return [
    secret('kafka', place.user),
    secret('reader', READER),
    secret('ca', { 'ca.crt': kafka.caPem }),
    secret('clickhouse', { username, password }),
    exporter('calls', kafka.saslBootstrap.split(',')),
    exporter('far', ['127.0.0.1:1']),
  ]
    .map((manifest) => dump(manifest))
    .join('---\n');
}

interface Tapped {
  readonly records: readonly string[];
  readonly said: string;
}

/** Runs the command as a user does. */
async function tap(
  args: readonly string[],
  kubeconfig: string = kubernetes.kubeconfigPath,
): Promise<Tapped> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const outputs = Promise.all([text(stdout), text(stderr)]);
  try {
    await tapCommand({ environment: {}, stdout, stderr })
      .exitOverride()
      .parseAsync([...args, '--namespace', NAMESPACE, '--kubeconfig', kubeconfig], {
        from: 'user',
      });
  } finally {
    stdout.end();
    stderr.end();
  }
  const [out, said] = await outputs;
  return { records: out.split('\n').filter((line) => line !== ''), said };
}

const record = z.looseObject({ time: z.unknown(), response_code: z.unknown().optional() });

describe('from the topic', () => {
  const asReader = ['--credentials-secret', 'reader'];

  test('shows new records as they are in Kafka, up to the limit, and changes nothing', async () => {
    const options = {
      dataSource: L7,
      seed: 11,
      rowsPerSecond: 50,
      lateShare: 0,
      lateSecondsMax: 0,
    };
    const stream = startRowStream(clickHouse, options);
    const { records, said } = await tap(['calls', '--limit', '20', ...asReader]);
    const count = await stream.stop();
    expect(records).toHaveLength(20);
    expect(said).toContain(`new records of ${place.prefix}${L7}: at most 20, for 30 seconds`);
    // Each row is there once, also those that came while the tap was open.
    const { values } = await readRecords(place, kafka, { dataSource: L7, count });
    expect(values).toHaveLength(count);
    const stored = new Set(values.map(String));
    expect(records.filter((line) => !stored.has(line))).toEqual([]);
  });

  test('shows the records that match, and says how many came', async () => {
    const options = {
      dataSource: L7,
      seed: 12,
      rowsPerSecond: 50,
      lateShare: 0,
      lateSecondsMax: 0,
    };
    const { recordsExported: before } = await running.status();
    const stream = startRowStream(clickHouse, options);
    try {
      // From now on there are new records all the time.
      await running.until(({ recordsExported }) => recordsExported > before + 50);
      const args = ['calls', '--seconds', '12', '--limit', '1000', ...asReader];
      const [http, others] = await Promise.all([
        tap([...args, '--filter', 'l7_protocol=HTTP']),
        tap([...args, '--filter', 'l7_protocol!=HTTP']),
      ]);
      expect(http.records.length).toBeGreaterThan(0);
      expect(others.records.length).toBeGreaterThan(0);
      const protocols = (tapped: Tapped): unknown[] => [
        ...new Set(tapped.records.map((line) => record.parse(JSON.parse(line))['l7_protocol'])),
      ];
      expect(protocols(http)).toEqual(['HTTP']);
      expect(protocols(others)).not.toContain('HTTP');
      expect(http.said).toMatch(/\d+ of \d+ new records were shown in 12 seconds/);
    } finally {
      await stream.stop();
    }
  });

  test('without the right to read the topic, says how to get it', async () => {
    await expect(tap(['calls'])).rejects.toThrow(
      `the Kafka user of the exporter may not read topic ${place.prefix}${L7}: name a Secret`,
    );
  });

  test('where no broker can be reached, says where to run the command', async () => {
    await expect(tap(['far'])).rejects.toThrow(
      'no Kafka broker can be reached from this machine at 127.0.0.1:1',
    );
  });
});

describe('from the source', () => {
  test('shows what the newest rows become, and only those that match', async () => {
    const rows = 300;
    await insertRows(clickHouse, recentRows({ seed: 21, rows, seconds: 60 }));
    const all = await tap(['calls', '--from', 'source', '--limit', '50']);
    expect(all.records).toHaveLength(50);
    const some = await tap([
      ...['calls', '--from', 'source', '--limit', '50'],
      ...['--filter', 'l7_protocol=HTTP'],
    ]);
    expect(some.records.length).toBeGreaterThan(0);
    for (const line of some.records) expect(line).toContain('"l7_protocol":"HTTP"');
  });

  test('says which field a filter must name', async () => {
    await expect(tap(['calls', '--from', 'source', '--filter', 'l7_protocl=HTTP'])).rejects.toThrow(
      'the nearest is "l7_protocol"',
    );
  });
});

describe('the rights of the user', () => {
  test('to read the Secrets are needed, and the message names the first one', async () => {
    const { kubectl } = kubernetesFrom(kubernetes);
    await kubectl(['apply', '-f', 'deploy/base/user-roles.yaml']);
    await kubectl([
      ...['create', 'rolebinding', 'viewer', '--clusterrole', 'kafkaexporter-viewer'],
      ...['--serviceaccount', `${NAMESPACE}:viewer`, '--namespace', NAMESPACE],
    ]);
    const account = `${NAMESPACE}:viewer`;
    const file = path.join(path.dirname(place.configPath), 'viewer.kubeconfig');
    await writeFile(file, await impersonating(kubernetes.kubeconfigPath, { account }));
    await expect(tap(['calls'], file)).rejects.toThrow(
      `you may not read Secret kafka of namespace ${NAMESPACE} (spec.sasl.credentialsSecretRef)`,
    );
    await rm(file);
  });

  test('a Secret that is missing is named with the command that creates it', async () => {
    await expect(tap(['calls', '--credentials-secret', 'none'])).rejects.toThrow(
      'Secret none (spec.sasl.credentialsSecretRef) does not exist',
    );
    await expect(tap(['none'])).rejects.toThrow('there is no KafkaExporter none');
  });
});
