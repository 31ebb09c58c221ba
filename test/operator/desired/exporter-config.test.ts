import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { KafkaExporter } from '../../../src/operator/api/kafka-exporter.ts';
import { exporterConfigSchema } from '../../../src/exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../../../src/operator/desired/exporter-config.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

function kafkaOf(spec: Readonly<Record<string, unknown>>): unknown {
  const rendered = renderExporterConfig(sampleResource(spec));
  return rendered.kind === 'rendered' ? rendered.config.kafka : rendered.problems;
}

function pushed(
  http: Readonly<Record<string, unknown>>,
  tagFilters: readonly object[] = [],
): KafkaExporter {
  return sampleResource({
    source: { http: { allowAnonymous: true, ...http } },
    universalTagTranslateToNameDisabled: true,
    tagFilters,
  });
}

describe('the configuration', () => {
  it('takes the bounds of queries from the resource', () => {
    const bounds = {
      maxConcurrentQueries: 3,
      maxQueryThreads: 1,
      maxQueryMemoryBytes: 67_108_864,
      queryPriority: 0,
    };
    const spec = { source: { clickHouse: { url: 'http://clickhouse:8123', ...bounds } } };
    expect(renderExporterConfig(sampleResource(spec))).toMatchObject({
      config: { clickHouse: bounds },
    });
  });

  it('has every default, and the exporter reads it back', () => {
    const rendered = renderExporterConfig(sampleResource());
    expect(rendered.kind).toBe('rendered');
    if (rendered.kind !== 'rendered') return;
    expect(exporterConfigSchema.parse(load(rendered.yaml))).toEqual({
      resource: 'observability/l7',
      owner: { uid: 'uid-1', installation: '' },
      dataSources: ['flow_log.l7_flow_log'],
      clickHouse: {
        url: 'http://clickhouse:8123',
        replicaUrls: [],
        authenticated: false,
        settleSeconds: 30,
        latenessSeconds: 180,
        startFrom: 'Now',
        organizationId: 1,
        maxConcurrentQueries: 8,
        maxQueryThreads: 2,
        maxQueryMemoryBytes: 2_147_483_648,
        queryPriority: 10,
        importedSpans: true,
      },
      kafka: {
        endpoints: ['broker:9092'],
        compression: 'zstd',
        maxRequestBytes: 900_000,
        checkpointTopic: 'deepflow-export.observability.l7.checkpoints',
      },
      delivery: { guarantee: 'ExactlyOnce', shards: 16 },
      topic: 'deepflow.{dataSource}',
      queueCount: 4,
      queueSize: 100_000,
      batchSize: 1_024,
      flushTimeoutSeconds: 1,
      exportFields: ['$tag', '$metrics'],
      filter: { condition: 'and', tagFilters: [], tagFilterGroups: [] },
      recordFormat: 'Documented',
      timeZone: 'UTC',
      enumTranslateToNameDisabled: false,
      universalTagTranslateToNameDisabled: false,
      keepIds: false,
      exportEmptyTag: false,
      exportEmptyMetricsDisabled: false,
    });
  });

  it('has the filters with their values as text', () => {
    const rendered = renderExporterConfig(
      sampleResource({
        tagFilterCondition: 'or',
        tagFilters: [{ fieldName: 'server_port', operator: 'in', fieldValues: [80, '443'] }],
        tagFilterGroups: [
          { tagFilters: [{ fieldName: 'l7_protocol', operator: '!=', fieldValues: ['DNS'] }] },
        ],
      }),
    );
    expect(rendered.kind === 'rendered' ? rendered.config.filter : rendered).toEqual({
      condition: 'or',
      tagFilters: [{ fieldName: 'server_port', operator: 'in', fieldValues: ['80', '443'] }],
      tagFilterGroups: [
        {
          condition: 'and',
          tagFilters: [{ fieldName: 'l7_protocol', operator: '!=', fieldValues: ['DNS'] }],
        },
      ],
    });
  });

  it.each([
    ['Equals', '='],
    ['NotEquals', '!='],
    ['In', 'in'],
    ['NotIn', 'not in'],
    ['Like', ':'],
    ['NotLike', '!:'],
    ['Matches', '~'],
    ['NotMatches', '!~'],
  ])('has the same filters, byte for byte, by the word %s as by the sign %s', (word, sign) => {
    const by = (operator: string): unknown => {
      const tagFilters = [{ fieldName: 'server_port', operator, fieldValues: [80] }];
      return renderExporterConfig(
        sampleResource({ tagFilters, tagFilterGroups: [{ tagFilters }] }),
      );
    };
    expect(by(word)).toMatchObject({ kind: 'rendered' });
    expect(by(word)).toEqual(by(sign));
  });

  it('has the further addresses of ClickHouse, in their order', () => {
    const replicaUrls = ['http://c:3', 'http://c:2'];
    const source = { clickHouse: { url: 'http://c:1', replicaUrls } };
    expect(renderExporterConfig(sampleResource({ source }))).toMatchObject({
      config: { clickHouse: { url: 'http://c:1', replicaUrls } },
    });
  });

  const url = 'http://c:1';
  it.each([
    ['everything by default', {}, true],
    ['nothing with Compatible', { recordFormat: 'Compatible' }, false],
    [
      'everything with Compatible, if the resource says so',
      { recordFormat: 'Compatible', source: { clickHouse: { url, importedSpans: true } } },
      true,
    ],
    [
      'nothing, if the resource says so',
      { source: { clickHouse: { url, importedSpans: false } } },
      false,
    ],
  ])('exports of imported spans %s', (_name, spec, importedSpans) => {
    const rendered = renderExporterConfig(sampleResource(spec));
    expect(rendered).toMatchObject({ config: { clickHouse: { importedSpans } } });
  });

  const filter = { fieldName: 'server_port', operator: '=', fieldValues: [1] };
  it.each([
    [
      'an unknown field to export',
      { exportFields: ['$tag', '$metric'] },
      'spec.exportFields[1]: must be a category, a field or a label, but is "$metric"; the nearest is "$metrics"',
    ],
    [
      'a label pattern that RE2 does not support',
      { exportFields: ['~$k8s.label.(?=a)'] },
      'spec.exportFields[0]: the pattern has a look-around (?=, (?!, (?<= or (?<!, which RE2 does not support',
    ],
    [
      'an unknown field to filter',
      { tagFilters: [{ ...filter, fieldName: 'server_prot' }] },
      'spec.tagFilters[0].fieldName: must be a field of the data sources, but is "server_prot"; the nearest is "server_port"',
    ],
    [
      'an unknown field to filter, with the rules of Compatible',
      {
        recordFormat: 'Compatible',
        dataSources: ['flow_metrics.network_map.1m'],
        tagFilterGroups: [{ tagFilters: [{ ...filter, fieldName: 'region_id_0' }] }],
      },
      'spec.tagFilterGroups[0].tagFilters[0].fieldName: must be a field of the data sources, but is "region_id_0"; the nearest is "region_id"',
    ],
    [
      'an unknown time zone',
      { timeZone: 'Asia/Shangai' },
      'spec.timeZone: must be a name of the IANA time zone database, but is "Asia/Shangai"; the nearest is "Asia/Shanghai"',
    ],
    [
      'an abbreviation that several time zones share',
      { timeZone: 'CST' },
      'spec.timeZone: must be a name of the IANA time zone database, but is "CST"; the nearest is "UTC"',
    ],
    [
      'a time zone in other letters than its name has',
      { timeZone: 'Asia/shanghai' },
      'spec.timeZone: must be a name of the IANA time zone database, but is "Asia/shanghai"; the nearest is "Asia/Shanghai"',
    ],
    [
      'an offset for a time zone',
      { timeZone: '+08:00' },
      'spec.timeZone: must be a name of the IANA time zone database, but is "+08:00"; the nearest is "UTC"',
    ],
    [
      'an unknown field for the keys',
      { producer: { keyField: 'traceid' } },
      'spec.producer.keyField: must be a field of the data sources, but is "traceid"; the nearest is "trace_id"',
    ],
  ])('is refused, and the nearest name is shown: %s', (_name, spec, problem) => {
    expect(renderExporterConfig(sampleResource(spec))).toEqual({
      kind: 'invalid',
      problems: [problem],
    });
  });

  it('names the first ten problems, each in a few words, and says that there are more', () => {
    const exportFields = Array.from({ length: 256 }, (_, i) => `${'x'.repeat(i % 250)}${i}`);
    const rendered = renderExporterConfig(sampleResource({ exportFields }));
    const problems = rendered.kind === 'invalid' ? rendered.problems : [];
    expect(problems).toHaveLength(11);
    expect(problems[0]).toContain('spec.exportFields[0]: must be a category');
    expect(problems.at(-1)).toBe('there are more problems, which show when these are fixed');
    expect(Math.max(...problems.map(({ length }) => length))).toBeLessThanOrEqual(501);
  });

  it('has keyField only if the resource has it, so that other configurations do not change', () => {
    const keyOf = (spec: Parameters<typeof sampleResource>[0]) => {
      const rendered = renderExporterConfig(sampleResource(spec));
      return rendered.kind === 'rendered' ? [rendered.config.kafka.keyField, rendered.yaml] : [];
    };
    expect(keyOf({ producer: { keyField: 'trace_id' } })[0]).toBe('trace_id');
    expect(keyOf({})[1]).not.toContain('keyField');
  });

  const plainTls = { privateCa: false, clientCertificate: false, insecureSkipVerify: false };
  it.each([
    ['nothing: neither a login nor encryption', {}, {}],
    ['SASL: a login over TLS', { sasl: SASL }, { sasl: { mechanism: 'PLAIN' }, tls: plainTls }],
    [
      'SASL_PLAINTEXT: a login in clear text',
      { sasl: { ...SASL, securityProtocol: 'SASL_PLAINTEXT' } },
      { sasl: { mechanism: 'PLAIN' } },
    ],
    [
      'OAUTHBEARER: the source of tokens',
      {
        sasl: {
          mechanism: 'OAUTHBEARER',
          oauthBearer: {
            tokenEndpoint: 'https://issuer/token',
            credentialsSecretRef: { name: 'client' },
            scope: 'kafka',
            caSecretRef: { name: 'issuer' },
          },
        },
      },
      {
        sasl: {
          mechanism: 'OAUTHBEARER',
          oauthBearer: { tokenEndpoint: 'https://issuer/token', scope: 'kafka', privateCa: true },
        },
        tls: plainTls,
      },
    ],
    ['SASL that is switched off: nothing', { sasl: { ...SASL, enabled: false } }, {}],
    ['tls without SASL: encryption without a login', { tls: {} }, { tls: plainTls }],
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
    ['no tls', {}, undefined],
    [
      'an empty tls',
      { tls: {} },
      { privateCa: false, clientCertificate: false, insecureSkipVerify: false },
    ],
    [
      'every reference of tls',
      {
        tls: {
          caSecretRef: { name: 'ca' },
          clientCertificateSecretRef: { name: 'client' },
          serverName: 'clickhouse',
        },
      },
      {
        privateCa: true,
        clientCertificate: true,
        serverName: 'clickhouse',
        insecureSkipVerify: false,
      },
    ],
  ])('encrypts connections to ClickHouse as %s says', (_name, change, expected) => {
    const clickHouse = { url: 'https://ch.example.com/clickhouse', ...change };
    const rendered = renderExporterConfig(sampleResource({ source: { clickHouse } }));
    if (rendered.kind !== 'rendered') throw new Error('the resource is valid');
    expect(rendered.config.clickHouse?.url).toBe('https://ch.example.com/clickhouse');
    expect(rendered.config.clickHouse?.tls).toEqual(expected);
  });

  it('has the limits of pushes, and whether clients need a token or a certificate', () => {
    const rendered = renderExporterConfig(
      pushed({
        bearerTokenSecretRef: { name: 'token' },
        tls: { certificateSecretRef: { name: 'server' }, clientCaSecretRef: { name: 'ca' } },
      }),
    );
    expect(rendered).toMatchObject({
      kind: 'rendered',
      config: {
        http: {
          port: 8_081,
          bearerToken: true,
          tls: { clientCertificates: true },
          maxBodyBytes: 16_777_216,
          maxLineBytes: 1_048_576,
          maxBufferedBytes: 67_108_864,
          timeZone: 'Asia/Shanghai',
          organizationId: 1,
        },
      },
    });
    expect(rendered.kind === 'rendered' && 'clickHouse' in rendered.config).toBe(false);
  });

  it.each([
    [
      'a filter of pushed rows by a field that is looked up in ClickHouse',
      pushed({}, [{ fieldName: 'pod_group_type_0', operator: '=', fieldValues: ['Deployment'] }]),
      'spec.tagFilters: pod_group_type_0 is looked up in ClickHouse, but source.http has no ClickHouse; filter by another field',
    ],
    [
      'an unknown time zone of pushed rows',
      pushed({ timeZone: 'Asia/Shanghia' }),
      'spec.source.http.timeZone: must be a name of the IANA time zone database, but is "Asia/Shanghia"; the nearest is "Asia/Shanghai"',
    ],
    [
      'a time that does not exist',
      sampleResource({
        source: { clickHouse: { url: 'http://c:1', startFrom: '2026-02-30T00:00:00Z' } },
      }),
      'spec.source.clickHouse.startFrom: must be Now, Earliest or an RFC 3339 time',
    ],
    [
      'a topic whose name becomes too long',
      sampleResource({ topic: `${'a'.repeat(236)}{dataSource}` }),
      'spec.topic: the topic of flow_log.l7_flow_log is longer than 249 characters; shorten it',
    ],
  ])('is refused with the field of the resource: %s', (_name, resource, problem) => {
    expect(renderExporterConfig(resource)).toEqual({ kind: 'invalid', problems: [problem] });
  });

  it('has a checkpoint topic of its own, at most 249 characters long, for the longest names', () => {
    const topicOf = (name: string): string => {
      const rendered = renderExporterConfig(sampleResource({}, name), 'i'.repeat(63));
      return rendered.kind === 'rendered' ? rendered.config.kafka.checkpointTopic : '';
    };
    const topics = ['a', 'b'].map((end) => topicOf(`${'a'.repeat(252)}${end}`));
    expect(topics.map((topic) => topic.length)).toEqual([249, 249]);
    expect(topics[0]).toMatch(/^deepflow-export\.i+\.observability\.a+-[0-9a-f]{16}\.checkpoints$/);
    expect(topics[1]).not.toBe(topics[0]);
  });

  it('has the name of the installation in the checkpoint topic, unless the resource names the topic', () => {
    const topicIn = (checkpointTopic: string): unknown => {
      const rendered = renderExporterConfig(
        sampleResource({ delivery: { checkpointTopic } }),
        'eu',
      );
      return rendered.kind === 'rendered' && rendered.config.kafka.checkpointTopic;
    };
    expect(topicIn('')).toBe('deepflow-export.eu.observability.l7.checkpoints');
    expect(topicIn('mine')).toBe('mine');
  });

  it('has the same bytes for the same resource, and another hash for another one', () => {
    const [a, b] = [1, 2].map(() => renderExporterConfig(sampleResource()));
    expect(a).toEqual(b);
    const c = renderExporterConfig(sampleResource({ batchSize: 1 }));
    if (a?.kind !== 'rendered' || c.kind !== 'rendered') throw new Error('not rendered');
    expect(a.hash).not.toBe(c.hash);
  });
});
