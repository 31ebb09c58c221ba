import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { exporterConfigSchema } from '../../../src/exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../../../src/operator/desired/exporter-config.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

function kafkaOf(spec: Readonly<Record<string, unknown>>): unknown {
  const rendered = renderExporterConfig(sampleResource(spec));
  return rendered.kind === 'rendered' ? rendered.config.kafka : rendered.problems;
}

describe('the configuration', () => {
  it('has every default, and the exporter reads it back', () => {
    const rendered = renderExporterConfig(sampleResource());
    expect(rendered.kind).toBe('rendered');
    if (rendered.kind !== 'rendered') return;
    expect(exporterConfigSchema.parse(load(rendered.yaml))).toEqual({
      resource: 'observability/l7',
      dataSources: ['flow_log.l7_flow_log'],
      clickHouse: {
        url: 'http://clickhouse:8123',
        authenticated: false,
        settleSeconds: 180,
        startFrom: 'Now',
      },
      kafka: {
        endpoints: ['broker:9092'],
        compression: 'zstd',
        maxRequestBytes: 900_000,
        checkpointTopic: 'deepflow-export.observability.l7.checkpoints',
      },
      topic: 'deepflow.{dataSource}',
      queueCount: 4,
      queueSize: 100_000,
      batchSize: 1_024,
      flushTimeoutSeconds: 10,
      exportEmptyTag: false,
      exportEmptyMetricsDisabled: false,
    });
  });

  const plainTls = { privateCa: false, clientCertificate: false, insecureSkipVerify: false };
  it.each([
    ['nothing: neither a login nor encryption', {}, {}],
    ['SASL: a login over TLS', { sasl: SASL }, { sasl: { mechanism: 'PLAIN' }, tls: plainTls }],
    [
      'SASL_PLAINTEXT: a login in the clear',
      { sasl: { ...SASL, securityProtocol: 'SASL_PLAINTEXT' } },
      { sasl: { mechanism: 'PLAIN' } },
    ],
    ['SASL that is switched off: nothing', { sasl: { ...SASL, enabled: false } }, {}],
    ['tls alone: encryption without a login', { tls: {} }, { tls: plainTls }],
    [
      'every reference of tls',
      {
        tls: {
          caSecretRef: { name: 'ca' },
          clientCertificateSecretRef: { name: 'client' },
          serverName: 'kafka',
        },
      },
      {
        tls: {
          privateCa: true,
          clientCertificate: true,
          serverName: 'kafka',
          insecureSkipVerify: false,
        },
      },
    ],
  ])('follows from %s', (_name, spec, expected) => {
    expect(kafkaOf(spec)).toEqual({
      endpoints: ['broker:9092'],
      compression: 'zstd',
      maxRequestBytes: 900_000,
      checkpointTopic: 'deepflow-export.observability.l7.checkpoints',
      ...expected,
    });
  });

  it.each([
    [
      'a time that does not exist',
      sampleResource({
        source: { clickHouse: { url: 'http://c:1', startFrom: '2026-02-30T00:00:00Z' } },
      }),
      'spec.source.clickHouse.startFrom: must be Now, Earliest or an RFC 3339 time',
    ],
    [
      'a checkpoint topic that would be too long',
      sampleResource({}, 'a'.repeat(253)),
      'spec.delivery.checkpointTopic: must be a Kafka topic name',
    ],
    [
      'a topic that grows too long',
      sampleResource({ topic: `${'a'.repeat(236)}{dataSource}` }),
      'spec.topic: is longer than 249 characters for flow_log.l7_flow_log; shorten it',
    ],
  ])('is refused with the field of the resource: %s', (_name, resource, problem) => {
    expect(renderExporterConfig(resource)).toEqual({ kind: 'invalid', problems: [problem] });
  });

  it('has the same bytes for the same resource, and another hash for another one', () => {
    const [a, b] = [sampleResource(), sampleResource()].map(renderExporterConfig);
    expect(a).toEqual(b);
    const c = renderExporterConfig(sampleResource({ batchSize: 1 }));
    if (a?.kind !== 'rendered' || c.kind !== 'rendered') throw new Error('not rendered');
    expect(a.hash).not.toBe(c.hash);
  });
});
