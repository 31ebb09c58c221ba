import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { renderCommand } from '../../../src/cli/render/render.ts';

const MANIFEST = `
apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata: { name: flow-logs, namespace: observability }
spec:
  dataSources: [flow_log.l7_flow_log]
  source: { clickHouse: { url: "http://ch:8123" } }
  endpoints: [broker:9092]
  sasl: { mechanism: PLAIN, credentialsSecretRef: { name: kafka-user, username: app } }
  podTemplate: { labels: { a: "1", b: "2" } }
`;

async function render(manifest: string, options: readonly string[] = []): Promise<string> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  stdin.end(manifest);
  const output = text(stdout);
  try {
    await renderCommand({ stdin, stdout, version: '1.2.3' }).parseAsync(['-', ...options], {
      from: 'user',
    });
  } finally {
    stdout.end();
  }
  return output;
}

test('render says which version it is, and gives exporters the image of this version', async () => {
  const rendered = await render(MANIFEST);
  expect(rendered).toMatch(/^# Rendered by deepflow-kafka-exporter 1\.2\.3\n---\napiVersion: v1\n/);
  expect(rendered).toContain('image: deepflow-kafka-exporter:1.2.3\n');
});

test('the order of fields in a manifest changes no byte', async () => {
  const reordered = MANIFEST.replace('{ a: "1", b: "2" }', '{ b: "2", a: "1" }').replace(
    '{ name: flow-logs, namespace: observability }',
    '{ namespace: observability, name: flow-logs }',
  );
  expect(await render(reordered)).toBe(await render(MANIFEST));
});

test('a changed field changes the ConfigMap and its name, and nothing that does not follow from it', async () => {
  const lines = (rendered: string): readonly string[] => rendered.split('\n');
  const before = new Set(lines(await render(MANIFEST)));
  const changed = MANIFEST.replace('podTemplate', 'batchSize: 7\n  podTemplate');
  const difference = lines(await render(changed)).filter((line) => !before.has(line));
  const named = difference.map((line) => line.replace(/-[0-9a-f]{10}$/, '-HASH').trim());
  const name = 'name: flow-logs-exporter-HASH';
  expect(named).toEqual([name, 'batchSize: 7', name]);
});

test('in place of a value of a Secret stands where the operator copies it from', async () => {
  const rendered = await render(MANIFEST);
  expect(rendered).toContain('  kafka-sasl-password: <Secret kafka-user, key password>\n');
  expect(rendered).toContain('  kafka-sasl-username: app\n');
});

test.each([
  [['--exporter-image', 'registry/x@sha256:abc'], 'image: registry/x@sha256:abc\n'],
  [
    ['--installation', 'eu'],
    'checkpointTopic: deepflow-export.eu.observability.flow-logs.checkpoints\n',
  ],
])('the options of the operator count: %j', async (options, line) => {
  expect(await render(MANIFEST, options)).toContain(line);
});

test('the platform may choose the user of the pods', async () => {
  expect(await render(MANIFEST)).toContain('runAsUser: ');
  expect(await render(MANIFEST, ['--platform-security-context'])).not.toContain('runAsUser: ');
});

test('a manifest that the operator would refuse is refused with its line', async () => {
  await expect(render(MANIFEST.replace('[broker:9092]', '[broker]'))).rejects.toThrow(
    /^the KafkaExporter in line 2 of - is not valid:\n {2}spec\.endpoints\[0\]: must be host:port/,
  );
});
