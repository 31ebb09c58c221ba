import { readFileSync } from 'node:fs';
import { dump, loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { z } from 'zod';
import {
  clickHouseOf,
  type Exporters,
  type ExporterUnderTest,
  openExporters,
  PODS,
} from '../../e2e/exporters.ts';
import {
  checkRows,
  exact,
  finish,
  lateness,
  RECORDS_MS,
  type RowsUnderTest,
  startRows,
} from '../../e2e/row-check.ts';
import { DEEPFLOW_ENGINE } from '../../harness/clickhouse/engine-versions.ts';
import { deployOperator } from '../../harness/environment/deploy-operator.ts';
import { type Environment, startEnvironment } from '../../harness/environment/start-environment.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import type { Run } from '../../harness/process/run.ts';
import { until } from '../../lib/until.ts';
import { hasTools } from '../has-tools.ts';
import { renewCertificate, startCertManager } from './cert-manager.ts';
import { type Seal, startSealedSecrets } from './sealed-secrets.ts';

const ROWS = 8_000;

const example = z.looseObject({ kind: z.string(), spec: z.record(z.string(), z.unknown()) });

/** The spec of an object of an example. */
function specOf(file: string, kind: string): Readonly<Record<string, unknown>> {
  const url = new URL(`../../../examples/gitops/${file}`, import.meta.url);
  const found = z
    .array(example)
    .parse(loadAll(readFileSync(url, 'utf8')))
    .find((each) => each.kind === kind);
  return found?.spec ?? {};
}

describe.skipIf(!(await hasTools('cert-manager', 'sealed-secrets')))(
  'credentials that Git does not hold',
  () => {
    let environment: Environment;
    let exporters: Exporters;
    let certManager: Run;
    let seal: Seal;
    let rows: RowsUnderTest;

    beforeAll(async () => {
      environment = await startEnvironment({ engine: DEEPFLOW_ENGINE });
      const { clickHouse, image, kubernetes } = environment;
      [exporters] = await Promise.all([openExporters(environment), createSchema(clickHouse)]);
      await deployOperator(kubernetes.kubectl, image);
      certManager = await startCertManager(kubernetes);
      seal = await startSealedSecrets(kubernetes);
      rows = startRows(clickHouse, ROWS);
    });
    afterAll(async () => {
      await certManager.stop();
      await environment.stop();
    });

    const apply = (object: object): Promise<string> =>
      environment.kubernetes.kubectl(
        ['apply', '--server-side', '--filename', '-', '--namespace', exporters.namespace],
        dump(object),
      );

    const from = (name: string): object =>
      clickHouseOf(environment, name, { startFrom: rows.startFrom });

    /** Changes the credentials of an exporter in the middle of its records, and counts the records. */
    async function rotate(
      exporter: ExporterUnderTest,
      change: () => Promise<unknown>,
      expect: typeof import('vitest').expect,
    ): Promise<void> {
      await exporter.reason('Ready', 'Delivering');
      const readers = await exporter.read();
      const [first] = readers;
      await first?.waitUntil(() => first.values.length > 0, RECORDS_MS);
      const pods = await exporter.pods();
      const { appliedRevision: before = 0 } = await exporter.credentials();
      await change();
      await until('every pod to use the new credentials', () => exporter.credentials(), {
        isWanted: ({ appliedRevision = 0, desiredRevision }) =>
          appliedRevision > before && appliedRevision === desiredRevision,
        ...PODS,
      });
      const checks = await checkRows(environment.clickHouse, rows, readers);
      expect(checks, lateness(rows.latestMs())).toEqual(checks.map(exact(ROWS)));
      expect(await exporter.pods()).toEqual(pods);
      await finish(exporter, readers);
    }

    it.concurrent('a client certificate that cert-manager renews is taken without a restart: no record is missing, none is there twice', async ({
      expect,
    }) => {
      const { kafka } = environment;
      const { certificatePem, keyPem } = kafka.clientAuthority;
      await exporters.grant('CN=flow-logs');
      await apply(secret('kafka-clients', { 'tls.crt': certificatePem, 'tls.key': keyPem }));
      await apply(
        certManagerObject('Issuer', 'kafka-clients', { ca: { secretName: 'kafka-clients' } }),
      );
      await apply(
        certManagerObject('Certificate', 'flow-logs', specOf('cert-manager.yaml', 'Certificate')),
      );
      await exporters.kubectl(
        'wait',
        'certificate/flow-logs',
        '--for=condition=Ready',
        '--timeout=60s',
      );
      const exporter = await exporters.create('certified', {
        spec: {
          endpoints: kafka.mutualTlsBootstrap.split(','),
          sasl: null,
          tls: specOf('cert-manager.yaml', 'KafkaExporter')['tls'],
          source: { clickHouse: from('certified') },
        },
      });
      await rotate(exporter, () => renewCertificate(exporters.kubectl, 'flow-logs'), expect);
    });

    it.concurrent('a login that Sealed Secrets unseals reaches the pods, and so does the next one: no record is missing, none is there twice', async ({
      expect,
    }) => {
      const login = async (username: string): Promise<void> => {
        const sealed = await seal(secret('sealed-kafka', await exporters.createUser(username)));
        expect(sealed).toContain('kind: SealedSecret');
        await environment.kubernetes.kubectl(['apply', '--filename', '-'], sealed);
      };
      await login('sealed-first');
      const exporter = await exporters.create('sealed', {
        spec: { source: { clickHouse: from('sealed') } },
        secrets: { kafka: undefined },
      });
      await rotate(exporter, () => login('sealed-second'), expect);
    });

    // Its controller brings the SDK of every cloud along, and is not built here: this is the Secret that it writes.
    it.concurrent('a login that the External Secrets Operator updates in place reaches the pods: no record is missing, none is there twice', async ({
      expect,
    }) => {
      const login = async (username: string): Promise<unknown> => {
        const written = secret('external-kafka', await exporters.createUser(username));
        const labels = { 'reconcile.external-secrets.io/managed': 'true' };
        return apply({ ...written, metadata: { ...written.metadata, labels } });
      };
      await login('external-first');
      const exporter = await exporters.create('external', {
        spec: { source: { clickHouse: from('external') } },
        secrets: { kafka: undefined },
      });
      await rotate(exporter, () => login('external-second'), expect);
    });

    function secret(name: string, stringData: object) {
      const metadata = { name, namespace: exporters.namespace };
      return { apiVersion: 'v1', kind: 'Secret', metadata, stringData };
    }

    function certManagerObject(kind: string, name: string, spec: object): object {
      return { apiVersion: 'cert-manager.io/v1', kind, metadata: { name }, spec };
    }
  },
);
