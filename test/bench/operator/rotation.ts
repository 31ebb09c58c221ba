import type { Measured } from './many-resources.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { deployOperator } from '../../harness/environment/deploy-operator.ts';
import { startEnvironment } from '../../harness/environment/start-environment.ts';
import { kafkaExporterStatus } from '../../../src/operator/api/kafka-exporter.ts';
import { createAdminApi } from '../../integration/operator/cluster/admin-api.ts';
import { clickHouseOf, openExporters } from '../../e2e/exporters.ts';
import { checkRows, startRows } from '../../e2e/row-check.ts';
import { until } from '../../lib/until.ts';

const PODS = 3;
const ROTATIONS = 100;
const ROWS = 50_000;

/**
 * Rotates the password of an exporter with three real pods a hundred times, while records go to a real Kafka: the time from a
 * changed Secret until every pod has authenticated with it, the restarts, and the records that are missing or there twice.
 */
export async function measureRotation(measured: Measured): Promise<void> {
  const environment = await startEnvironment();
  try {
    const { clickHouse, image, kafka, kubernetes } = environment;
    await createSchema(clickHouse);
    await deployOperator(kubernetes.kubectl, image);
    const exporters = await openExporters(environment);
    const user = await exporters.createUser(`${exporters.namespace}-rotated`);
    const rows = startRows(clickHouse, ROWS);
    const exporter = await exporters.create('rotated', {
      secrets: { kafka: { ...user } },
      spec: {
        replicas: PODS,
        source: { clickHouse: clickHouseOf(environment, 'rotated', { startFrom: rows.startFrom }) },
      },
    });
    const readers = await exporter.read();
    await exporter.reason('Ready', 'Delivering');
    const pods = await exporter.pods();
    const admin = createAdminApi(kubernetes.kubeconfigPath, exporters.namespace);
    const seconds: number[] = [];
    for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
      const password = `${user.password}-${rotation}`;
      await kafka.setScramUser(user.username, password);
      const start = performance.now();
      await admin.patch('secret', 'rotated-kafka', { stringData: { password } });
      await until('every pod to have authenticated', async () => {
        const live = await admin.get('kafkaExporter', 'rotated');
        const { credentials } = kafkaExporterStatus.parse(live?.['status']);
        return credentials?.appliedRevision === rotation + 1;
      });
      seconds.push((performance.now() - start) / 1_000);
    }
    measured(`a Secret is changed → ${PODS} pods have authenticated`, 's', seconds);
    const checks = await checkRows(clickHouse, rows, readers);
    const after = await exporter.pods();
    const restarts = after.reduce((sum, { restarts: count }) => sum + count, 0);
    const same = after.filter(({ uid }) => pods.some((pod) => pod.uid === uid)).length;
    measured('restarts during the rotations', '', [restarts + PODS - same]);
    const sum = (count: (check: (typeof checks)[number]) => number): number =>
      checks.reduce((total, check) => total + count(check), 0);
    measured('rows exported meanwhile', '', [sum((check) => check.rows)]);
    measured('records missing', '', [sum((check) => check.missing.length)]);
    measured('records twice', '', [sum((check) => check.repeated)]);
    await Promise.all(readers.map((reader) => reader.stop()));
    await admin.close();
  } finally {
    await environment.stop();
  }
}
