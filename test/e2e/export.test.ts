import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { DEEPFLOW_ENGINE } from '../harness/clickhouse/engine-versions.ts';
import { type ClickHouseHandle, startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { deployOperator } from '../harness/environment/deploy-operator.ts';
import { type Environment, startEnvironment } from '../harness/environment/start-environment.ts';
import { createSchema } from '../harness/generator/generate.ts';
import { freePorts } from '../harness/process/free-ports.ts';
import { createCertificateAuthority } from '../harness/tls/certificate-authority.ts';
import { until } from '../lib/until.ts';
import {
  clickHouseOf,
  type ExporterChanges,
  type Exporters,
  type ExporterUnderTest,
  openExporters,
  PODS,
} from './exporters.ts';
import { killProcess } from './kill-process.ts';
import { checkRows, exact, finish, lateness, RECORDS_MS, startRows } from './row-check.ts';
import { startTcpForwarder } from './tcp-forwarder.ts';
import { followTutorial, linesNotIn } from './tutorial.ts';

/** `delivery.shards` where a resource does not set it. */
const SHARDS = 16;

let environment: Environment;
let exporters: Exporters;

beforeAll(async () => {
  environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
  await createSchema(environment.clickHouse);
});
afterAll(() => environment.stop());

let deployed: Promise<void> | undefined;

/** Deploys the operator, and opens a namespace for exporters, for the first group of tests that needs them. */
function deployOnce(): Promise<void> {
  deployed ??= (async () => {
    const { image, kubernetes } = environment;
    [exporters] = await Promise.all([
      openExporters(environment),
      deployOperator(kubernetes.kubectl, image),
    ]);
  })();
  return deployed;
}

// First, because it begins and ends with a cluster without the operator.
it('docs/tutorial.md leads from an empty cluster to a record and a new password, and away again, and shows what is seen', async ({
  expect,
}) => {
  const rows = startRows(environment.clickHouse);
  const steps = await followTutorial(environment);
  await rows.stop();
  expect(steps.length).toBeGreaterThan(8);
  for (const { command, output, shown } of steps) {
    expect(linesNotIn(shown, output), `${command}\n${output}`).toEqual([]);
  }
});

describe('an exporter in a cluster', () => {
  beforeAll(deployOnce);

  it('sends every row of both tables to Kafka once, value for value, also late rows', async ({
    expect,
  }) => {
    const rows = startRows(environment.clickHouse, 2_000);
    const exporter = await exporters.create('whole', from(rows.startFrom, 'whole'));
    const readers = await exporter.read();
    expect(await exporter.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(2_000)));
    await finish(exporter, readers);
  });

  it('misses and repeats nothing when its process and then its pod are killed during the export', async ({
    expect,
  }) => {
    const rows = startRows(environment.clickHouse, 4_000);
    const exporter = await exporters.create('killed', from(rows.startFrom, 'killed'));
    const readers = await exporter.read();
    const [first] = readers;
    await first?.waitUntil(() => first.values.length > 500, RECORDS_MS);
    const before = await exporter.pods();
    for (const { uid } of before) killProcess(uid);
    await first?.waitUntil(() => first.values.length > 2_000, RECORDS_MS);
    // The kubelet may tell of the restart after the first records of the new process.
    const restarted = await until('the restart', () => exporter.pods(), {
      isWanted: (pods) => pods.every(({ restarts }) => restarts > 0),
      ...PODS,
    });
    expect(restarted).toEqual(before.map((pod) => ({ ...pod, restarts: 1 })));
    await environment.kubernetes.kubectl([
      ...['--namespace', exporters.namespace, 'delete', 'pod', ...before.map(({ name }) => name)],
      ...['--force', '--grace-period=0'],
    ]);
    const checks = await checkRows(environment.clickHouse, rows, readers);
    const after = await exporter.pods();
    expect(after.map(({ uid }) => uid)).not.toEqual(before.map(({ uid }) => uid));
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(4_000)));
    await finish(exporter, readers);
  });

  it('shares its work with the pods of kubectl scale: nothing missing, nothing repeated', async ({
    expect,
  }) => {
    const rows = startRows(environment.clickHouse, 4_000);
    const exporter = await exporters.create('scaled', from(rows.startFrom, 'scaled'));
    const readers = await exporter.read();
    const [first] = readers;
    const all = Array.from({ length: SHARDS }, (_, shard) => shard);
    const scaled = (replicas: number) =>
      until(`${replicas} pods with all shards`, () => exporter.shards(), {
        isWanted: (pods) =>
          pods.length === replicas &&
          pods.every((shards) => shards.length > 0) &&
          pods
            .flat()
            .toSorted((a, b) => a - b)
            .join() === all.join(),
        ...PODS,
      });
    await first?.waitUntil(() => first.values.length > 500, RECORDS_MS);
    await exporter.scale(3);
    await scaled(3);
    await exporter.reason('Ready', 'Delivering');
    await first?.waitUntil(() => first.values.length > 2_000, RECORDS_MS);
    await exporter.scale(1);
    await scaled(1);
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(4_000)));
    await finish(exporter, readers);
  });

  it('takes a new password while it runs: no restart, nothing missing, nothing repeated', async ({
    expect,
  }) => {
    const user = await exporters.createUser(`${exporters.namespace}-rotated`);
    const rows = startRows(environment.clickHouse, 4_000);
    const exporter = await exporters.create('rotated', {
      ...from(rows.startFrom, 'rotated'),
      secrets: { kafka: { ...user } },
    });
    const readers = await exporter.read();
    const [first] = readers;
    await first?.waitUntil(() => first.values.length > 500, RECORDS_MS);
    await exporter.reason('Ready', 'Delivering');
    const pods = await exporter.pods();
    const changed = { ...user, password: `${user.password}-changed` };
    await environment.kafka.setScramUser(changed.username, changed.password);
    const changedAt = performance.now();
    await exporter.writeSecret('kafka', changed);
    const isApplied = (state: { desiredRevision: number; appliedRevision?: number | undefined }) =>
      state.appliedRevision === 2;
    await until('revision 2 in use', () => exporter.credentials(), {
      isWanted: isApplied,
      ...PODS,
    });
    const seconds = ((performance.now() - changedAt) / 1000).toFixed(1);
    tell(`a new password was in use ${seconds} s after the Secret changed`);
    expect(await exporter.reason('CredentialsApplied', 'Applied')).toEqual({
      status: 'True',
      message: 'every pod has authenticated with revision 2',
    });
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(4_000)));
    expect(await exporter.pods()).toEqual(pods);
    expect(pods).toMatchObject([{ restarts: 0 }]);
    await finish(exporter, readers);
  });

  it('goes on with the former password when the new one is wrong, also in a pod that starts anew', async ({
    expect,
  }) => {
    const user = await exporters.createUser(`${exporters.namespace}-kept`);
    const rows = startRows(environment.clickHouse, 3_000);
    const exporter = await exporters.create('kept', {
      ...from(rows.startFrom, 'kept'),
      secrets: { kafka: { ...user } },
    });
    const readers = await exporter.read();
    await exporter.reason('Ready', 'Delivering');
    await exporter.writeSecret('kafka', { ...user, password: 'wrong' });
    const refused = await exporter.reason('CredentialsApplied', 'CredentialsRefused');
    expect(refused.message).toContain('so it is not published; revision 1 stays published');
    const before = await exporter.pods();
    await environment.kubernetes.kubectl([
      ...['--namespace', exporters.namespace, 'delete', 'pod', ...before.map(({ name }) => name)],
    ]);
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(3_000)));
    expect((await exporter.pods()).map(({ uid }) => uid)).not.toContain(before[0]?.uid);
    await exporter.reason('CredentialsApplied', 'CredentialsRefused');
    await finish(exporter, readers);
  });

  it('stops a rollout whose first new pod cannot deliver, and the former pods go on', async ({
    expect,
  }) => {
    const rows = startRows(environment.clickHouse, 3_000);
    const exporter = await exporters.create('stopped', from(rows.startFrom, 'stopped'));
    const readers = await exporter.read();
    await exporter.reason('Ready', 'Delivering');
    const former = await exporter.pods();
    const endpoints = [...environment.podEndpoints];
    await exporter.change({ endpoints: ['127.0.0.1:1'] });
    const { message } = await exporter.reason('WorkloadAvailable', 'RolloutStopped');
    expect(message).toMatch(
      /^the new pod cannot deliver, so the former pods go on: no Kafka broker could be reached/,
    );
    expect(await exporter.reason('Delivering', 'Delivering')).toMatchObject({ status: 'True' });
    expect(await exporter.pods()).toEqual(
      expect.arrayContaining(former.map((pod) => ({ ...pod }))),
    );
    const checks = await checkRows(environment.clickHouse, rows, readers);
    expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(3_000)));
    await exporter.change({ endpoints });
    await exporter.reason('Ready', 'Delivering');
    await finish(exporter, readers);
  });

  it('is scaled to zero by enabled: false, and leaves nothing when it is deleted', async ({
    expect,
  }) => {
    const exporter = await exporters.create('switched');
    await exporter.reason('Ready', 'Delivering');
    await exporter.change({ enabled: false });
    expect(await exporter.reason('Ready', 'Disabled')).toMatchObject({ status: 'True' });
    await until('no pods', async () => (await exporter.pods()).length === 0, PODS);
    await exporter.change({ enabled: true });
    await exporter.reason('Ready', 'Delivering');
    expect((await exporter.owned()).map((object) => object.split('/')[0]).sort()).toEqual([
      'configmap',
      'deployment.apps',
      'pod',
      'replicaset.apps',
      'secret',
      'service',
      'serviceaccount',
    ]);
    await exporter.remove();
    await until('nothing left', () => exporter.owned(), {
      isWanted: (names) => names.length === 0,
      ...PODS,
    });
  });

  it('is refused with the field and a message when it violates the schema', async ({ expect }) => {
    const refused = exporters.create('refused', { spec: { endpoints: ['broker'] }, topics: false });
    await expect(refused).rejects.toThrow(
      /spec\.endpoints\[0\]: .*: must be host:port, such as broker1\.example\.com:9092/,
    );
  });
});

describe('a fault', () => {
  interface Fault {
    readonly what: string;
    readonly name: string;
    readonly reason: string;
    /** Part of the message of the condition: what is wrong. */
    readonly says: () => RegExp;
    readonly changes: () => Promise<ExporterChanges>;
    readonly mend: (exporter: ExporterUnderTest) => Promise<void>;
  }
  const undo: (() => Promise<void> | void)[] = [];
  let empty: ClickHouseHandle;
  let closed = '';
  let folder = '';

  beforeAll(async () => {
    await deployOnce();
    const { podAddress = '127.0.0.1' } = environment;
    empty = await startClickHouse({ podAddress, engine: DEEPFLOW_ENGINE });
    undo.push(empty.stop);
    const [port = 0] = await freePorts(1, podAddress);
    closed = `${podAddress}:${port}`;
    folder = await mkdtemp(join(tmpdir(), 'e2e-authority-'));
    undo.push(() => rm(folder, { recursive: true }));
  });
  afterAll(async () => {
    for (const each of undo) await each();
  });

  const faults: readonly Fault[] = [
    {
      what: 'a table that does not exist',
      name: 'no-table',
      reason: 'TableMissing',
      says: () => /table flow_log\.l[47]_flow_log does not exist/,
      changes: () =>
        Promise.resolve({
          spec: {
            source: { clickHouse: clickHouseOf(environment, 'no-table', { url: empty.podUrl }) },
          },
          secrets: { clickhouse: loginOf(empty) },
        }),
      mend: () => createSchema(empty),
    },
    {
      what: 'a Secret that does not exist',
      name: 'no-secret',
      reason: 'SecretMissing',
      says: () => /Secret no-secret-kafka \(spec\.sasl\.credentialsSecretRef\) does not exist/,
      changes: () => Promise.resolve({ secrets: { kafka: undefined } }),
      mend: (exporter) => exporter.writeSecret('kafka', { ...exporters.user }),
    },
    {
      what: 'a topic that does not exist',
      name: 'no-topic',
      reason: 'TopicMissing',
      says: () => /topic e2e-\w+\.no-topic\.flow_log\.l[47]_flow_log does not exist/,
      changes: () => Promise.resolve({ topics: false }),
      mend: (exporter) => exporter.createTopics(),
    },
    {
      what: 'a wrong password',
      name: 'wrong-password',
      reason: 'KafkaAuthenticationFailed',
      says: () => /refused the user name or password \(SASL SCRAM-SHA-512\)/,
      changes: () =>
        Promise.resolve({ secrets: { kafka: { ...exporters.user, password: 'wrong' } } }),
      mend: (exporter) => exporter.writeSecret('kafka', { ...exporters.user }),
    },
    {
      what: 'a CA certificate of another CA than the brokers’',
      name: 'wrong-ca',
      reason: 'BrokerCertificateRejected',
      says: () =>
        /put the certificate of the CA that signed it into the Secret of spec\.tls\.caSecretRef/,
      changes: async () => {
        const { caPem } = await createCertificateAuthority(folder);
        return { secrets: { ca: { 'ca.crt': caPem } } };
      },
      mend: (exporter) => exporter.writeSecret('ca', { 'ca.crt': environment.kafka.caPem }),
    },
    {
      what: 'a broker that cannot be reached',
      name: 'no-broker',
      reason: 'BrokerUnreachable',
      says: () => new RegExp(`no Kafka broker could be reached at ${closed}:`),
      changes: () => Promise.resolve({ spec: { endpoints: [closed] } }),
      mend: async () => {
        const forwarder = await startTcpForwarder(closed, environment.podEndpoints[0] ?? '');
        undo.push(() => {
          forwarder.stop();
        });
      },
    },
  ];

  // All tests run at once, because each waits for pods most of the time.
  it.concurrent.for(faults)(
    'is named by the condition Ready and needs no restart once it is fixed: $what',
    async ({ name, reason, says, changes, mend }, { expect }) => {
      const exporter = await exporters.create(name, await changes());
      const named = await exporter.reason('Ready', reason);
      expect(named.status).toBe('False');
      expect(named.message).toMatch(says());
      const before = await exporter.pods();
      await mend(exporter);
      expect(await exporter.reason('Ready', 'Delivering')).toMatchObject({ status: 'True' });
      const after = await exporter.pods();
      expect(after).toMatchObject([{ restarts: 0 }]);
      if (before.length > 0) expect(after).toEqual(before);
      await exporter.remove();
    },
  );
});

function loginOf({ username, password }: ClickHouseHandle): { username: string; password: string } {
  return { username, password };
}

function from(startFrom: string, name: string): ExporterChanges {
  return { spec: { source: { clickHouse: clickHouseOf(environment, name, { startFrom }) } } };
}

/** Prints a figure for information. No test depends on it. */
function tell(figure: string): void {
  process.stderr.write(`e2e: ${figure}\n`);
}
