import { describe, expect, it } from 'vitest';
import { CREDENTIAL_FILES } from '../../src/exporter/contract/credential-files.ts';
import { statusReportSchema } from '../../src/exporter/contract/status-report.ts';
import { parseProgress } from '../../src/exporter/progress/progress-message.ts';
import { readPublication } from '../../src/operator/credentials/publish-credentials.ts';
import { readAcceptedSpec } from '../../src/operator/desired/accepted-spec.ts';

// What version 0.1.0 has written: an operator serves its pods and reads its Secrets, and an exporter continues from its progress.
const MARKER = '0d9a1f2e-7c53-4a0b-9f0e-3b2f7c1d5e6a';
const SINCE = '2026-01-31T00:00:00.000Z';
const HASH = Buffer.from('0102030405060708', 'hex');

describe('progress of version 0.1.0', () => {
  it.each([
    [
      'start flow_log.l7_flow_log',
      '{"version":1,"second":1700000000}',
      { kind: 'start', dataSource: 'flow_log.l7_flow_log', second: 1_700_000_000 },
    ],
    [
      'done flow_log.l4_flow_log',
      '{"version":1,"second":1700000007}',
      { kind: 'done', dataSource: 'flow_log.l4_flow_log', second: 1_700_000_007 },
    ],
    [
      'layout',
      '{"version":1,"periods":[{"from":0,"shards":16}],"next":{"from":1700000100,"shards":32}}',
      {
        kind: 'layout',
        periods: [{ from: 0, shards: 16 }],
        next: { from: 1_700_000_100, shards: 32 },
      },
    ],
    ['barrier', '{"version":1,"second":1700000100}', { kind: 'barrier', second: 1_700_000_100 }],
    ['opened', `{"version":1,"opening":"${MARKER}"}`, { kind: 'opened', marker: MARKER }],
    [
      'owner',
      '{"version":1,"id":"u-1","name":"team/flow-logs"}',
      { kind: 'owner', owner: { id: 'u-1', name: 'team/flow-logs' } },
    ],
  ])('is read: %s', (key, value, message) => {
    expect(parseProgress(Buffer.from(key), Buffer.from(value))).toEqual(message);
  });

  it('is read: rows that were sent', () => {
    const value = Buffer.concat([Buffer.from('0178000000', 'hex'), HASH]);
    expect(parseProgress(Buffer.from('sent flow_log.l7_flow_log 1700000008 0'), value)).toEqual({
      kind: 'sent',
      dataSource: 'flow_log.l7_flow_log',
      second: 1_700_000_008,
      part: 0,
      rows: { columns: 0x78, hashes: HASH },
    });
  });
});

it('the report of an exporter of version 0.1.0 is understood', () => {
  const report = {
    delivering: false,
    problems: [{ reason: 'TopicMissing', message: 'create it', since: SINCE }],
    candidate: {
      revision: 3,
      problem: { reason: 'KafkaAuthenticationFailed', message: 'wrong', since: SINCE },
    },
    missingColumns: [{ dataSource: 'flow_log.l7_flow_log', columns: ['biz_type'] }],
    credentialsRevision: 2,
    shards: [0, 1],
    shardCount: 16,
    recordsExported: 5,
    lagSeconds: 7.5,
  };
  expect(statusReportSchema.parse(report)).toMatchObject(report);
});

describe('the Secret of the pods of version 0.1.0', () => {
  const data = Object.fromEntries(
    Object.entries({
      revision: '2',
      'kafka-sasl-username': 'exporter',
      'kafka-sasl-password': 'old',
      'candidate.revision': '3',
      'candidate.kafka-sasl-username': 'exporter',
      'candidate.kafka-sasl-password': 'new',
      'candidate.since': SINCE,
      'spec.json':
        '{"dataSources":["flow_log.l7_flow_log"],"source":{"clickHouse":{"url":"http://ch:8123"}},"endpoints":["broker:9092"],"suspend":false}',
    }).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );

  it('still says which credentials are published, and which are tried', () => {
    const { candidate, published } = readPublication({ data });
    expect(published).toMatchObject({
      revision: 2,
      data: { 'kafka-sasl-password': data['kafka-sasl-password'] },
    });
    expect(candidate).toMatchObject({ revision: 3, sinceMs: Date.parse(SINCE) });
  });

  it('still has the last valid spec', () => {
    expect(readAcceptedSpec(data)).toMatchObject({ endpoints: ['broker:9092'] });
  });

  it('has files with the names that its pods read', () => {
    expect(Object.values(CREDENTIAL_FILES)).toEqual(
      expect.arrayContaining([
        ...['revision', 'extra-ca.crt', 'kafka-sasl-username', 'kafka-sasl-password'],
        ...['kafka-oauth-client-id', 'kafka-oauth-client-secret', 'kafka-oauth-ca.crt'],
        ...['kafka-ca.crt', 'kafka-client.crt', 'kafka-client.key'],
        ...['push-token', 'push-server.crt', 'push-server.key', 'push-client-ca.crt'],
        ...['clickhouse-username', 'clickhouse-password', 'clickhouse-ca.crt'],
        ...['clickhouse-client.crt', 'clickhouse-client.key'],
      ]),
    );
  });
});
