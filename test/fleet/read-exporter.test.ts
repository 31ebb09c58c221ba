import { describe, expect, it } from 'vitest';
import { readExporter } from '../../src/fleet/read-exporter.ts';
import type { FleetClient } from '../../src/fleet/open-cluster.ts';
import type { KubeError } from '../../src/operator/kube/kube-error.ts';
import { type KubeObject, kubeObject } from '../../src/operator/kube/kube-object.ts';
import { SASL } from '../operator/sample-resource.ts';
import { refused } from './sample-fleet.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function resource(spec: Readonly<Record<string, unknown>>): KubeObject {
  return kubeObject.parse({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'l7', namespace: 'team', uid: 'u', generation: 1 },
    spec: {
      dataSources: ['flow_log.l7_flow_log'],
      source: {
        clickHouse: { url: 'http://clickhouse:8123', credentialsSecretRef: { name: 'rows' } },
      },
      endpoints: ['broker:9093'],
      sasl: SASL,
      ...spec,
    },
  });
}

const secret = (data: Readonly<Record<string, string>>): KubeObject =>
  kubeObject.parse({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'team' },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  });

/** Objects by `Kind/name`. */
function clientOf(objects: Readonly<Record<string, KubeObject | KubeError>>): {
  readonly client: FleetClient;
  readonly read: string[];
} {
  const read: string[] = [];
  const never = (): never => {
    throw new Error('never asked');
  };
  const client: FleetClient = {
    get: (type, _namespace, name) => {
      read.push(`${type.kind}/${name}`);
      const found = objects[`${type.kind}/${name}`];
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    list: never,
    getThroughProxy: never,
  };
  return { client, read };
}

const KAFKA = { namespace: 'team', name: 'l7', server: 'Kafka' } as const;
const LOGIN = secret({ username: 'exporter', password: 'pass\u{0}word' });

describe('the access of an exporter', () => {
  it('to Kafka has the configuration and the login, and reads no other Secret', async () => {
    const { client, read } = clientOf({ 'KafkaExporter/l7': resource({}), 'Secret/kafka': LOGIN });
    const { config, files } = await readExporter(client, KAFKA);
    expect(config.kafka.endpoints).toEqual(['broker:9093']);
    expect(Object.fromEntries(files)).toEqual({
      'kafka-sasl-username': 'exporter',
      'kafka-sasl-password': 'pass\u{0}word',
    });
    expect(read).toEqual(['KafkaExporter/l7', 'Secret/kafka']);
  });

  it('to ClickHouse reads only its own', async () => {
    const { client, read } = clientOf({ 'KafkaExporter/l7': resource({}), 'Secret/rows': LOGIN });
    const { files } = await readExporter(client, { ...KAFKA, server: 'ClickHouse' });
    expect(files.get('clickhouse-password')).toBe('pass\u{0}word');
    expect(read).toEqual(['KafkaExporter/l7', 'Secret/rows']);
  });

  it('may have the login of another Kafka user', async () => {
    const { client } = clientOf({ 'KafkaExporter/l7': resource({}), 'Secret/reader': LOGIN });
    const { files } = await readExporter(client, { ...KAFKA, loginSecret: 'reader' });
    expect(files.get('kafka-sasl-username')).toBe('exporter');
  });

  it.each<[string, Readonly<Record<string, KubeObject | KubeError>>, string]>([
    ['without the resource', {}, 'there is no KafkaExporter l7 in namespace team'],
    [
      'without the right to read it',
      { 'KafkaExporter/l7': refused(403, 'Forbidden') },
      'you may not read KafkaExporters of namespace team',
    ],
    [
      'without the right to read its Secret',
      { 'KafkaExporter/l7': resource({}), 'Secret/kafka': refused(403, 'Forbidden') },
      'you may not read Secret kafka of namespace team (spec.sasl.credentialsSecretRef)',
    ],
    [
      'without the key of its Secret',
      { 'KafkaExporter/l7': resource({}), 'Secret/kafka': secret({ username: 'x' }) },
      'Secret kafka (spec.sasl.credentialsSecretRef) has no key password',
    ],
    [
      'with fields of a newer operator',
      { 'KafkaExporter/l7': resource({ novelty: 1 }) },
      'this program does not understand the resource',
    ],
  ])('%s is an error that says so, without a secret', async (_name, objects, says) => {
    const reading = readExporter(clientOf(objects).client, KAFKA);
    await expect(reading).rejects.toThrow(says);
    await expect(reading).rejects.not.toThrow('pass\u{0}word');
  });

  it('refuses another login where the exporter has none of that kind', async () => {
    const { client } = clientOf({ 'KafkaExporter/l7': resource({ sasl: undefined }) });
    await expect(readExporter(client, { ...KAFKA, loginSecret: 'reader' })).rejects.toThrow(
      '--credentials-secret is for exporters that log in to Kafka with a user name and a password',
    );
  });
});
