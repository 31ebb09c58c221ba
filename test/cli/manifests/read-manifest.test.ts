import { describe, expect, test } from 'vitest';
import { readManifest } from '../../../src/cli/manifests/read-manifest.ts';

const MANIFEST = `
apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata:
  name: flow-logs
  labels: { team: net }
spec:
  dataSources: [flow_log.l7_flow_log]
  source: { clickHouse: { url: "http://ch:8123" } }
  endpoints: ["broker:9092"]
`;

describe('a manifest', () => {
  test.each([
    ['in its own file', MANIFEST],
    ['among other documents', `kind: Namespace\n---\n${MANIFEST}---\n# nothing\n---\ntext\n`],
  ])('is found %s', (_name, text) => {
    const { metadata, spec } = readManifest(text);
    expect(metadata).toEqual({ name: 'flow-logs', namespace: 'default', uid: '', generation: 0 });
    expect(spec.dataSources).toEqual(['flow_log.l7_flow_log']);
  });

  test.each([
    [
      'a file without a KafkaExporter',
      'kind: Namespace',
      'the file must contain one KafkaExporter, but contains 0',
    ],
    [
      'a file with two KafkaExporters',
      `${MANIFEST}---${MANIFEST}`,
      'the file must contain one KafkaExporter, but contains 2',
    ],
    ['an empty file', '', 'but contains 0'],
    ['a file that is not YAML', 'a: [', 'the file is not valid YAML'],
    [
      'a field that does not exist',
      `${MANIFEST}  colour: red`,
      /the KafkaExporter in line 2 of the file is not valid:\n {2}spec\.colour: is unknown; the nearest is "source"/,
    ],
    [
      'a value that is out of range',
      `${MANIFEST}  batchSize: 0`,
      /is not valid:\n {2}spec\.batchSize: /,
    ],
    [
      'a resource without a name',
      'kind: KafkaExporter\nmetadata: {}',
      'metadata.name: is required',
    ],
    [
      'another version',
      MANIFEST.replace('v1alpha1', 'v1'),
      'apiVersion: must be export.deepflow.io/v1alpha1',
    ],
  ])('is refused for %s', (_name, text, words) => {
    expect(() => readManifest(text)).toThrow(words);
  });
});
