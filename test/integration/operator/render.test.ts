import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { renderCommand } from '../../../src/cli/render/render.ts';
import { FIELD_MANAGER } from '../../../src/operator/kube/kube-client.ts';
import { until, untilDone } from '../../lib/until.ts';
import {
  type ClusterUnderTest,
  IMAGE,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from './cluster/cluster-under-test.ts';
import { createResource, createSecret } from './cluster/resource-under-test.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'render');
  operator = await cluster.startOperator();
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

async function render(manifest: string): Promise<string> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  stdin.end(manifest);
  const command = renderCommand({ stdin, stdout, version: '1.2.3' });
  await command.parseAsync(['-', '--exporter-image', IMAGE], { from: 'user' });
  stdout.end();
  return text(stdout);
}

test('render prints exactly what the operator applies', async () => {
  await createSecret(cluster, 'kafka-user', { username: 'app', password: 'secret' });
  const resource = await createResource(cluster, 'rendered', {
    sasl: { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka-user' } },
    networkPolicy: {},
    podDisruptionBudget: { maxUnavailable: 1 },
    podTemplate: { nodeSelector: { zone: 'a' }, tolerations: [{ key: 'dedicated' }] },
  });
  await until('its Deployment', () => cluster.admin.get('deployment', resource.workload), SOON);
  const place = ['--namespace', cluster.namespace];
  const manifest = await cluster.kubectl(['get', 'kfx', resource.name, ...place, '-o', 'yaml']);
  const documents = (await render(manifest)).split('---\n').slice(1);
  const withoutSecret = documents.filter((document) => !document.includes('\nkind: Secret\n'));
  expect(documents).toHaveLength(withoutSecret.length + 1);
  const same = ['--server-side', '--field-manager', FIELD_MANAGER];
  const differences = (rendered: string): Promise<string> =>
    cluster.kubectl(['diff', ...same, '-f', '-'], rendered);
  // kubectl reads an object before it asks what would change in it: a status that a controller writes between is a difference, too.
  await untilDone('no difference', async () => {
    expect(await differences(withoutSecret.join('---\n'))).toBe('');
  });
  // A difference would show: kubectl ends with an error then.
  const changed = withoutSecret.join('---\n').replace('zone: a', 'zone: b');
  await expect(differences(changed)).rejects.toThrow();
});
