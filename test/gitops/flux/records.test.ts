import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clickHouseOf, openExporters, PODS } from '../../e2e/exporters.ts';
import { RECORDS_MS, startRows } from '../../e2e/row-check.ts';
import { DEEPFLOW_ENGINE } from '../../harness/clickhouse/engine-versions.ts';
import { type Environment, startEnvironment } from '../../harness/environment/start-environment.ts';
import { FLOW_LOGS } from '../../harness/generator/flow-logs.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { until } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { type FluxUnderTest, openFlux } from './flux-under-test.ts';

const NAME = 'git';
const DATA_SOURCE = 'flow_log.l7_flow_log';
const SUCCEEDED = 'True ReconciliationSucceeded';

describe.skipIf(!(await hasTools('source-controller', 'kustomize-controller', 'sops')))(
  'Flux, with real pods',
  () => {
    let environment: Environment;
    let flux: FluxUnderTest | undefined;

    beforeAll(async () => {
      environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
      await createSchema(environment.clickHouse);
    });
    afterAll(async () => {
      await flux?.stop();
      await environment.stop();
    });

    it('brings a commit to the records: none is missing, none is repeated', async () => {
      const { clickHouse, kafka, kubernetes } = environment;
      const { namespace, user } = await openExporters(environment);
      const topic = `${namespace}.${NAME}`;
      await kafka.createTopic(topic, 4);
      const secret = (role: string, stringData: Readonly<Record<string, string>>): string =>
        dump({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: `${NAME}-${role}`, namespace },
          stringData,
        });
      const manifest = (changes: Readonly<Record<string, unknown>> = {}): string =>
        dump({
          apiVersion: 'export.deepflow.io/v1alpha1',
          kind: 'KafkaExporter',
          metadata: { name: NAME, namespace },
          spec: {
            dataSources: [DATA_SOURCE],
            source: { clickHouse: clickHouseOf(environment, NAME) },
            endpoints: [...environment.podEndpoints],
            topic,
            sasl: { mechanism: 'SCRAM-SHA-512', credentialsSecretRef: { name: `${NAME}-kafka` } },
            tls: { caSecretRef: { name: `${NAME}-ca` } },
            ...changes,
          },
        });
      const path = 'exporters/flow-logs.yaml';
      const { password, username } = clickHouse;
      flux = await openFlux(kubernetes, {
        image: environment.image,
        files: {
          [path]: manifest(),
          'exporters/namespace.yaml': dump({
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name: namespace },
          }),
        },
        secrets: [
          secret('kafka', { ...user }),
          secret('ca', { 'ca.crt': kafka.caPem }),
          secret('clickhouse', { username, password }),
        ].join('---\n'),
      });
      const { repository, user: person } = flux;
      const reader = await readTopic(
        { clientId: 'gitops', brokers: kafka.bootstrap.split(',') },
        topic,
      );
      await until('Flux to be done', () => person.state('exporters'), {
        isWanted: ({ ready }) => ready === SUCCEEDED,
        ...PODS,
      });
      // The exporter reads what is stored from now on.
      const rows = startRows(clickHouse);
      await reader.waitUntil(() => reader.values.length > 500, RECORDS_MS);

      const commit = await repository.commit({ [path]: manifest({ timeZone: 'Asia/Shanghai' }) });
      const start = performance.now();
      await person.fetch();
      const isNew = (value: Buffer): boolean => value.includes('+0800');
      await reader.waitUntil(() => reader.values.some(isNew), RECORDS_MS);
      process.stderr.write(
        `from the sync to a record by the new configuration: ${Math.round(performance.now() - start)} ms\n`,
      );
      await person.sync('exporters', commit, SUCCEEDED);
      const { [FLOW_LOGS.indexOf(DATA_SOURCE)]: written = 0 } = await rows.stop();
      await reader.waitUntil(() => reader.values.length >= written, RECORDS_MS);
      const ids = new Set(reader.values.map((value) => /"_id":\d+/.exec(value.toString())?.[0]));
      expect({ messages: reader.values.length, rows: ids.size }).toEqual({
        messages: written,
        rows: written,
      });
      expect(reader.values.filter(isNew).length).toBeLessThan(written);
      await reader.stop();
    });
  },
);
