import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { kafkaExporter } from '../../../../src/operator/api/kafka-exporter.ts';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../../harness/kubernetes/start-kubernetes.ts';
import { type ClusterUnderTest, openCluster } from '../cluster/cluster-under-test.ts';
import { POD_TEMPLATE } from './pod-template.ts';
import { repeatRules } from './repeat-rules.ts';

const MINIMAL = {
  dataSources: ['flow_log.l7_flow_log'],
  source: { clickHouse: { url: 'http://clickhouse:8123' } },
  endpoints: ['broker:9092', '[2001:db8::1]:9092'],
};
const SASL = { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka' } };

const AUTOSCALING = { maxReplicas: 4, targetCPUUtilizationPercentage: 80 };

const PUSHED = {
  source: { http: { allowAnonymous: true } },
  universalTagTranslateToNameDisabled: true,
};

const OAUTH = {
  mechanism: 'OAUTHBEARER',
  oauthBearer: {
    tokenEndpoint: 'https://issuer/token?tenant=a',
    credentialsSecretRef: { name: 'client' },
    scope: 'a b',
    audience: 'kafka',
    clientAuthentication: 'Form',
    extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' },
    caSecretRef: { name: 'ca' },
  },
};
const withEndpoint = (tokenEndpoint: string, other: object = {}): object => {
  const { credentialsSecretRef } = OAUTH.oauthBearer;
  return { ...OAUTH, oauthBearer: { tokenEndpoint, credentialsSecretRef, ...other } };
};

const FILTER = { fieldName: 'server_port', operator: 'not in', fieldValues: [80, '443'] };

let kubernetes: KubernetesHandle;
let cluster: ClusterUnderTest;

beforeAll(async () => {
  // These tests start their own Kubernetes: only the versions on which all tests of the operator run have a shared one.
  kubernetes = await startKubernetes({ version: inject('kubernetesVersion') });
  cluster = await openCluster(kubernetes, 'validation');
});

afterAll(async () => {
  await cluster.close();
  await kubernetes.stop();
});

function resource(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'x', namespace: cluster.namespace },
    spec,
  };
}

async function refusal(spec: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    await cluster.admin.create(resource(spec), true);
  } catch (error) {
    if (error instanceof KubeError) return error.detail.message;
    throw error;
  }
  return 'accepted';
}

describe('the API server refuses', () => {
  it.each([
    [
      'no data source',
      { change: { dataSources: [] }, field: 'spec.dataSources', says: 'at least 1 items' },
    ],
    [
      'an unknown data source',
      {
        change: { dataSources: ['flow_log.x'] },
        field: 'spec.dataSources[0]',
        says: 'Unsupported value',
      },
    ],
    [
      'a data source named twice',
      {
        change: { dataSources: ['flow_log.l7_flow_log', 'flow_log.l7_flow_log'] },
        field: 'spec.dataSources[1]',
        says: 'Duplicate value',
      },
    ],
    [
      'a port that does not exist',
      {
        change: { endpoints: ['broker:99999'] },
        field: 'spec.endpoints[0]',
        says: 'with a port from 1 to 65535',
      },
    ],
    [
      'an extension of the token that the standard reserves',
      {
        change: { sasl: withEndpoint('https://issuer/token', { extensions: { auth: 'x' } }) },
        field: 'spec.sasl.oauthBearer.extensions',
        says: 'must not be auth',
      },
    ],
    [
      'a number of pods with autoscaling',
      {
        change: { replicas: 2, autoscaling: { ...AUTOSCALING } },
        field: 'spec',
        says: 'autoscaling sets the number of pods: remove replicas, or remove autoscaling',
      },
    ],
    [
      'autoscaling with more pods at least than at most',
      {
        change: { autoscaling: { ...AUTOSCALING, minReplicas: 9 } },
        field: 'spec.autoscaling',
        says: 'minReplicas must not exceed maxReplicas',
      },
    ],
    [
      'autoscaling by nothing',
      {
        change: { autoscaling: { maxReplicas: 4 } },
        field: 'spec.autoscaling',
        says: 'must have a metric to scale by',
      },
    ],
    [
      'autoscaling by the lag of pushed records',
      {
        change: { ...PUSHED, autoscaling: { maxReplicas: 4, lag: { targetSeconds: 60 } } },
        field: 'spec',
        says: 'records that are pushed have no lag',
      },
    ],
    [
      'a budget with two limits',
      {
        change: { podDisruptionBudget: { maxUnavailable: 1, minAvailable: '50%' } },
        field: 'spec.podDisruptionBudget',
        says: 'must have exactly one of maxUnavailable and minAvailable',
      },
    ],
    [
      'a budget of more than all pods',
      {
        change: { podDisruptionBudget: { maxUnavailable: '150%' } },
        field: 'spec.podDisruptionBudget.maxUnavailable',
        says: 'should match',
      },
    ],
    [
      'an additional address without a port',
      {
        change: { networkPolicy: { additionalAddresses: ['broker'] } },
        field: 'spec.networkPolicy.additionalAddresses[0]',
        says: 'with a port from 1 to 65535',
      },
    ],
    [
      'a password in the URL of ClickHouse',
      {
        change: { source: { clickHouse: { url: 'http://u:p@clickhouse:8123' } } },
        field: 'spec.source.clickHouse.url',
        says: 'user name and password belong in credentialsSecretRef',
      },
    ],
    [
      'parameters in the URL of ClickHouse',
      {
        change: { source: { clickHouse: { url: 'http://clickhouse:8123/?password=p' } } },
        field: 'spec.source.clickHouse.url',
        says: 'must be http://host:port',
      },
    ],
    [
      'tls for ClickHouse without https',
      {
        change: { source: { clickHouse: { url: 'http://c:1', tls: {} } } },
        field: 'spec.source.clickHouse',
        says: 'tls has no effect on http:// addresses',
      },
    ],
    [
      'tls for a replica without https',
      {
        change: {
          source: { clickHouse: { url: 'https://c:1', replicaUrls: ['http://c:2'], tls: {} } },
        },
        field: 'spec.source.clickHouse',
        says: 'tls has no effect on http:// addresses',
      },
    ],
    [
      'CA certificates of ClickHouse that would not be checked',
      {
        change: {
          source: {
            clickHouse: {
              url: 'https://c:1',
              tls: { insecureSkipVerify: true, caSecretRef: { name: 'ca' } },
            },
          },
        },
        field: 'spec.source.clickHouse.tls',
        says: 'insecureSkipVerify ignores caSecretRef',
      },
    ],
    [
      'a URL that is not HTTP',
      {
        change: { source: { clickHouse: { url: 'tcp://clickhouse:9000' } } },
        field: 'spec.source.clickHouse.url',
        says: 'must be http://host:port',
      },
    ],
    [
      'a password in the URL of a replica',
      {
        change: {
          source: { clickHouse: { url: 'http://c:1', replicaUrls: ['http://u:p@c:2'] } },
        },
        field: 'spec.source.clickHouse.replicaUrls[0]',
        says: 'user name and password belong in credentialsSecretRef',
      },
    ],
    [
      'a replica named twice',
      {
        change: {
          source: { clickHouse: { url: 'http://c:1', replicaUrls: ['http://c:2', 'http://c:2'] } },
        },
        field: 'spec.source.clickHouse.replicaUrls[1]',
        says: 'Duplicate value',
      },
    ],
    [
      'a replica that is the first address again',
      {
        change: {
          source: { clickHouse: { url: 'http://c:1', replicaUrls: ['http://c:2', 'http://c:1'] } },
        },
        field: 'spec.source.clickHouse',
        says: 'replicaUrls must not name url again',
      },
    ],
    [
      'more replicas than are allowed',
      {
        change: {
          source: {
            clickHouse: {
              url: 'http://c:1',
              replicaUrls: Array.from({ length: 32 }, (_, i) => `http://c:${i + 2}`),
            },
          },
        },
        field: 'spec.source.clickHouse.replicaUrls',
        says: 'must have at most 31 items',
      },
    ],
    [
      'a start that is not a time',
      {
        change: { source: { clickHouse: { url: 'http://c:1', startFrom: 'yesterday' } } },
        field: 'spec.source.clickHouse.startFrom',
        says: 'must be Now, Earliest or an RFC 3339 time',
      },
    ],
    [
      'no source',
      { change: { source: {} }, field: 'spec.source', says: 'exactly one of clickHouse and http' },
    ],
    [
      'two sources',
      {
        change: { ...PUSHED, source: { ...PUSHED.source, clickHouse: { url: 'http://c:1' } } },
        field: 'spec.source',
        says: 'move one of them to a second resource',
      },
    ],
    [
      'names of resources in pushed records',
      {
        change: { source: PUSHED.source },
        field: 'spec',
        says: 'set universalTagTranslateToNameDisabled to true',
      },
    ],
    [
      'labels in pushed records',
      {
        change: { ...PUSHED, exportFields: ['$tag', '~$k8s.label.app.*'] },
        field: 'spec',
        says: 'remove $k8s.label from exportFields',
      },
    ],
    [
      'pushes by anybody',
      {
        change: {
          ...PUSHED,
          source: { http: { tls: { certificateSecretRef: { name: 'server' } } } },
        },
        field: 'spec.source.http',
        says: 'or allowAnonymous: true if this is intended',
      },
    ],
    [
      'pushes to the port of the probes',
      {
        change: { ...PUSHED, source: { http: { allowAnonymous: true, port: 8080 } } },
        field: 'spec.source.http',
        says: 'choose another one, such as 8081',
      },
    ],
    [
      'lines that are longer than bodies',
      {
        change: {
          ...PUSHED,
          source: { http: { allowAnonymous: true, maxBodyBytes: 2_048, maxLineBytes: 4_096 } },
        },
        field: 'spec.source.http',
        says: 'maxLineBytes must not exceed maxBodyBytes',
      },
    ],
    [
      'bodies that are larger than the buffer',
      {
        change: {
          ...PUSHED,
          source: { http: { allowAnonymous: true, maxBufferedBytes: 16_777_216 } },
        },
        field: 'spec.source.http',
        says: 'maxBufferedBytes must have room for one body',
      },
    ],
    [
      'a broker without a port',
      { change: { endpoints: ['broker'] }, field: 'spec.endpoints[0]', says: 'must be host:port' },
    ],
    [
      'a topic with a blank',
      {
        change: { topic: 'my topic' },
        field: 'spec.topic',
        says: 'must be a Kafka topic: letters, digits',
      },
    ],
    [
      'a topic with an unknown placeholder',
      {
        change: { topic: 'deepflow.{cluster}' },
        field: 'spec.topic',
        says: 'with the placeholders {dataSource}, {database} and {table}',
      },
    ],
    [
      'tls with SASL_PLAINTEXT',
      {
        change: { sasl: { ...SASL, securityProtocol: 'SASL_PLAINTEXT' }, tls: {} },
        field: 'spec',
        says: 'remove tls or set SASL_SSL',
      },
    ],
    [
      'CA certificates of Kafka that would not be checked',
      {
        change: { tls: { insecureSkipVerify: true, caSecretRef: { name: 'ca' } } },
        field: 'spec.tls',
        says: 'insecureSkipVerify ignores caSecretRef: remove one of the two',
      },
    ],
    [
      'a server name that would not be checked',
      {
        change: { tls: { insecureSkipVerify: true, serverName: 'kafka' } },
        field: 'spec.tls',
        says: 'insecureSkipVerify ignores serverName: remove one of the two',
      },
    ],
    [
      'a password in the resource',
      {
        change: { sasl: { ...SASL, password: 'p' } },
        field: 'spec.sasl.password',
        says: 'unknown field',
      },
    ],
    [
      'a user name in the resource and in the Secret',
      {
        change: {
          sasl: { ...SASL, credentialsSecretRef: { name: 'k', username: 'u', usernameKey: 'u' } },
        },
        field: 'spec.sasl.credentialsSecretRef',
        says: 'username and usernameKey exclude each other',
      },
    ],
    [
      'a user name with a line break',
      {
        change: { sasl: { ...SASL, credentialsSecretRef: { name: 'k', username: 'u\n' } } },
        field: 'spec.sasl.credentialsSecretRef.username',
        says: 'must have no control characters',
      },
    ],
    [
      'CA certificates of Kafka in a Secret and in a ConfigMap',
      {
        change: { tls: { caSecretRef: { name: 'ca' }, caConfigMapRef: { name: 'ca' } } },
        field: 'spec.tls',
        says: 'caSecretRef and caConfigMapRef exclude each other',
      },
    ],
    [
      'CA certificates of a token endpoint in a Secret and in a ConfigMap',
      {
        change: {
          sasl: withEndpoint('https://issuer/token', {
            caSecretRef: { name: 'ca' },
            caConfigMapRef: { name: 'ca' },
          }),
        },
        field: 'spec.sasl.oauthBearer',
        says: 'caSecretRef and caConfigMapRef exclude each other',
      },
    ],
    [
      'CA certificates of clients in a Secret and in a ConfigMap',
      {
        change: {
          ...PUSHED,
          source: {
            http: {
              tls: {
                certificateSecretRef: { name: 'server' },
                clientCaSecretRef: { name: 'ca' },
                clientCaConfigMapRef: { name: 'ca' },
              },
            },
          },
        },
        field: 'spec.source.http.tls',
        says: 'clientCaSecretRef and clientCaConfigMapRef exclude each other',
      },
    ],
    [
      'extra CA certificates in a Secret and in a ConfigMap',
      {
        change: { extraCaSecretRef: { name: 'ca' }, extraCaConfigMapRef: { name: 'ca' } },
        field: 'spec',
        says: 'extraCaSecretRef and extraCaConfigMapRef exclude each other',
      },
    ],
    [
      'CA certificates in a ConfigMap that would not be checked',
      {
        change: { tls: { insecureSkipVerify: true, caConfigMapRef: { name: 'ca' } } },
        field: 'spec.tls',
        says: 'insecureSkipVerify ignores caConfigMapRef: remove one of the two',
      },
    ],
    [
      'SASL without credentials',
      {
        change: { sasl: { mechanism: 'PLAIN' } },
        field: 'spec.sasl',
        says: 'credentialsSecretRef is missing: name the Secret that has the user name',
      },
    ],
    [
      'OAUTHBEARER without a token endpoint',
      {
        change: { sasl: { mechanism: 'OAUTHBEARER' } },
        field: 'spec.sasl',
        says: 'mechanism OAUTHBEARER and oauthBearer go together: set both or neither',
      },
    ],
    [
      'a token endpoint and a service-account token',
      {
        change: {
          sasl: withEndpoint('https://issuer/token', { serviceAccountToken: { audience: 'k' } }),
        },
        field: 'spec.sasl.oauthBearer',
        says: 'must have either tokenEndpoint and credentialsSecretRef, or serviceAccountToken',
      },
    ],
    [
      'a scope of a service-account token',
      {
        change: {
          sasl: {
            mechanism: 'OAUTHBEARER',
            oauthBearer: { serviceAccountToken: { audience: 'k' }, scope: 'a' },
          },
        },
        field: 'spec.sasl.oauthBearer',
        says: 'the audience belongs in serviceAccountToken.audience',
      },
    ],
    [
      'a token endpoint for a password',
      {
        change: { sasl: { ...SASL, oauthBearer: OAUTH.oauthBearer } },
        field: 'spec.sasl',
        says: 'mechanism OAUTHBEARER and oauthBearer go together: set both or neither',
      },
    ],
    [
      'a password for OAUTHBEARER',
      {
        change: { sasl: { ...OAUTH, credentialsSecretRef: { name: 'kafka' } } },
        field: 'spec.sasl',
        says: 'move credentialsSecretRef into oauthBearer',
      },
    ],
    [
      'a token endpoint with a login in its address',
      {
        change: { sasl: withEndpoint('https://id:secret@issuer/token') },
        field: 'spec.sasl.oauthBearer.tokenEndpoint',
        says: 'client id and secret belong in oauthBearer.credentialsSecretRef',
      },
    ],
    [
      'CA certificates of a token endpoint without encryption',
      {
        change: { sasl: withEndpoint('http://issuer/token', { caSecretRef: { name: 'ca' } }) },
        field: 'spec.sasl.oauthBearer',
        says: 'caSecretRef and caConfigMapRef have no effect with http://',
      },
    ],
    [
      'no queue',
      { change: { queueCount: 0 }, field: 'spec.queueCount', says: 'greater than or equal to 1' },
    ],
    [
      'more queues than are allowed',
      { change: { queueCount: 257 }, field: 'spec.queueCount', says: 'less than or equal to 64' },
    ],
    [
      'a SASL mechanism that the exporter does not support',
      {
        change: { sasl: { ...SASL, mechanism: 'GSSAPI' } },
        field: 'spec.sasl.mechanism',
        says: 'supported values: "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"',
      },
    ],
    [
      'a misspelt option',
      {
        change: { flushTimeOutSeconds: 1 },
        field: 'spec.flushTimeOutSeconds',
        says: 'unknown field',
      },
    ],
    [
      'an empty field to export',
      {
        change: { exportFields: ['$tag', ''] },
        field: 'spec.exportFields[1]',
        says: 'at least 1 chars long',
      },
    ],
    [
      'a batch larger than a queue',
      {
        change: { queueSize: 10, batchSize: 11 },
        field: 'spec',
        says: 'increase queueSize or decrease batchSize',
      },
    ],
    [
      'a field to export named twice',
      {
        change: { exportFields: ['$tag', '$tag'] },
        field: 'spec.exportFields[1]',
        says: 'Duplicate value',
      },
    ],
    [
      'no field to export',
      { change: { exportFields: [] }, field: 'spec.exportFields', says: 'at least 1 items' },
    ],
    [
      'an unknown operator',
      {
        change: { tagFilters: [{ ...FILTER, operator: '==' }] },
        field: 'spec.tagFilters[0].operator',
        says: 'supported values: "Equals", "NotEquals", "In", "NotIn", "Like", "NotLike", "Matches", "NotMatches", "=", "!=", "in", "not in", ":", "!:", "~", "!~"',
      },
    ],
    [
      'an unknown condition',
      {
        change: { tagFilterCondition: 'xor' },
        field: 'spec.tagFilterCondition',
        says: 'supported values: "and", "or"',
      },
    ],
    [
      'a filter without values',
      {
        change: { tagFilters: [{ ...FILTER, fieldValues: [] }] },
        field: 'spec.tagFilters[0].fieldValues',
        says: 'at least 1 items',
      },
    ],
    [
      'a number that JSON cannot hold',
      {
        change: { tagFilters: [{ ...FILTER, fieldValues: [2 ** 53] }] },
        field: 'spec.tagFilters[0].fieldValues[0]',
        says: 'should be less than or equal to 9007199254740991',
      },
    ],
    [
      'a negative number that JSON cannot hold',
      {
        change: { tagFilterGroups: [{ tagFilters: [{ ...FILTER, fieldValues: [-(2 ** 53)] }] }] },
        field: 'spec.tagFilterGroups[0].tagFilters[0].fieldValues[0]',
        says: 'should be greater than or equal to -9007199254740991',
      },
    ],
    [
      'a group without filters',
      {
        change: { tagFilterGroups: [{ tagFilters: [] }] },
        field: 'spec.tagFilterGroups[0].tagFilters',
        says: 'at least 1 items',
      },
    ],
    [
      'an organisation that DeepFlow cannot have',
      {
        change: { source: { clickHouse: { url: 'http://c:1', organizationId: 1_025 } } },
        field: 'spec.source.clickHouse.organizationId',
        says: 'less than or equal to 1024',
      },
    ],
    [
      'an unknown record format',
      {
        change: { recordFormat: 'Exact' },
        field: 'spec.recordFormat',
        says: 'supported values: "Documented", "Compatible"',
      },
    ],
    [
      'ids in addition to names that are not translated',
      {
        change: { keepIds: true, universalTagTranslateToNameDisabled: true },
        field: 'spec',
        says: 'which exports only ids: remove one of the two',
      },
    ],
    [
      'ids that deepflow-server does not keep',
      {
        change: { keepIds: true, recordFormat: 'Compatible' },
        field: 'spec',
        says: 'remove keepIds or set recordFormat to Documented',
      },
    ],
    [
      'a variable of Node',
      {
        change: { podTemplate: { env: [{ name: 'NODE_OPTIONS', value: '--inspect' }] } },
        field: 'spec.podTemplate.env[0]',
        says: 'variables of Node are set by the exporter',
      },
    ],
    [
      'a variable without a value',
      {
        change: { podTemplate: { env: [{ name: 'HTTPS_PROXY' }] } },
        field: 'spec.podTemplate.env[0]',
        says: 'must have exactly one of value and valueFrom',
      },
    ],
    [
      'a variable that is set twice',
      {
        change: {
          podTemplate: {
            env: [
              { name: 'NO_PROXY', value: 'a' },
              { name: 'NO_PROXY', value: 'b' },
            ],
          },
        },
        field: 'spec.podTemplate.env[1]',
        says: 'Duplicate value',
      },
    ],
    [
      'a grace period that is shorter than the drain',
      {
        change: { podTemplate: { terminationGracePeriodSeconds: 30 } },
        field: 'spec.podTemplate.terminationGracePeriodSeconds',
        says: 'greater than or equal to 60',
      },
    ],
    [
      'a DNS policy without a server',
      {
        change: { podTemplate: { dnsPolicy: 'None', dnsConfig: { searches: ['example.com'] } } },
        field: 'spec.podTemplate',
        says: 'dnsPolicy None needs dnsConfig.nameservers',
      },
    ],
    [
      'a kind of affinity that does not exist',
      {
        change: { podTemplate: { affinity: { podAntiAfinity: {} } } },
        field: 'spec.podTemplate.affinity.podAntiAfinity',
        says: 'unknown field',
      },
    ],
    [
      'a host name without an address',
      {
        change: { podTemplate: { hostAliases: [{ ip: 'broker', hostnames: ['b'] }] } },
        field: 'spec.podTemplate.hostAliases[0].ip',
        says: 'must be an IP address',
      },
    ],
    [
      'an invalid quantity',
      {
        change: { podTemplate: { resources: { limits: { memory: 'much' } } } },
        field: 'spec.podTemplate.resources.limits.memory',
        says: 'should match',
      },
    ],
  ])('%s', async (_name, { change, field, says }) => {
    const message = await refusal({ ...MINIMAL, ...change });
    expect(message).toContain(field);
    expect(message).toContain(says);
  });
});

describe('the API server accepts', () => {
  it.each([
    ['the smallest valid resource', {}],
    ['an encrypted connection without a login', { tls: {} }],
    ['a login that is switched off', { sasl: { ...SASL, enabled: false }, tls: {} }],
    ['a login with tokens', { sasl: OAUTH }],
    [
      'a login with the token of the ServiceAccount',
      {
        sasl: {
          mechanism: 'OAUTHBEARER',
          oauthBearer: { serviceAccountToken: { audience: 'kafka' } },
        },
      },
    ],
    ['a topic with placeholders', { topic: 'a.{database}_{table}-{dataSource}' }],
    ['the older name of file events', { dataSources: ['event.perf_event'] }],
    ['filters with numbers and texts', { tagFilterCondition: 'or', tagFilters: [FILTER] }],
    ['groups of filters', { tagFilterGroups: [{ tagFilters: [FILTER] }] }],
    ...['Equals', 'NotEquals', 'In', 'NotIn', 'Like', 'NotLike', 'Matches', 'NotMatches'].map(
      (operator): [string, object] => [
        `the word ${operator} for an operator`,
        { tagFilters: [{ ...FILTER, operator }] },
      ],
    ),
    ['pushed records', PUSHED],
    [
      'a user name beside a password, and CA certificates in ConfigMaps',
      {
        sasl: { ...SASL, credentialsSecretRef: { name: 'kafka', username: 'CN=a,O="b c"' } },
        tls: { caConfigMapRef: { name: 'bundle' } },
        source: {
          clickHouse: {
            url: 'https://clickhouse:8443',
            credentialsSecretRef: { name: 'ch', username: 'exporter' },
            tls: { caConfigMapRef: { name: 'bundle', key: 'ca-bundle.crt' } },
          },
        },
      },
    ],
    [
      'tokens of an endpoint whose CA is in a ConfigMap',
      { sasl: withEndpoint('https://issuer/token', { caConfigMapRef: { name: 'bundle' } }) },
    ],
    [
      'pushes of clients with certificates of a CA in a ConfigMap, and without a token',
      {
        ...PUSHED,
        source: {
          http: {
            tls: {
              certificateSecretRef: { name: 'server' },
              clientCaConfigMapRef: { name: 'bundle' },
            },
          },
        },
      },
    ],
    [
      'every object on demand',
      {
        autoscaling: { ...AUTOSCALING, lag: { targetSeconds: 120 } },
        podDisruptionBudget: { maxUnavailable: '50%' },
        networkPolicy: {},
        podMonitor: { intervalSeconds: 15, labels: { release: 'prometheus' } },
      },
    ],
    [
      'pushed records with everything',
      {
        ...PUSHED,
        source: {
          http: {
            port: 9_000,
            bearerTokenSecretRef: { name: 'token', key: 't' },
            tls: {
              certificateSecretRef: { name: 'server' },
              clientCaSecretRef: { name: 'clients' },
            },
            maxBodyBytes: 1_024,
            maxLineBytes: 1_024,
            maxBufferedBytes: 4_195_328,
            timeZone: 'UTC',
            organizationId: 2,
          },
        },
      },
    ],
    [
      'ClickHouse behind an ingress, with its own CA and a client certificate',
      {
        source: {
          clickHouse: {
            url: 'https://example.com/observability/clickhouse',
            replicaUrls: ['https://[fd00::1]:8443'],
            tls: {
              caSecretRef: { name: 'ca' },
              clientCertificateSecretRef: { name: 'client' },
              serverName: 'clickhouse',
            },
          },
        },
      },
    ],
    [
      'quantities as numbers',
      { podTemplate: { resources: { limits: { cpu: 1, memory: '1Gi' } } } },
    ],
    ['pods with everything', { podTemplate: POD_TEMPLATE }],
    ['extra CA certificates', { extraCaConfigMapRef: { name: 'company', key: 'ca-bundle.crt' } }],
    [
      'everything at once',
      {
        enabled: false,
        suspend: true,
        source: {
          clickHouse: {
            url: 'https://clickhouse:8443/',
            replicaUrls: ['http://clickhouse-1:8123', 'https://clickhouse-2:8443'],
            credentialsSecretRef: { name: 'ch', usernameKey: 'u', passwordKey: 'p' },
            settleSeconds: 0,
            startFrom: '2026-01-31T00:00:00+01:00',
            organizationId: 1_024,
            maxConcurrentQueries: 64,
            maxQueryThreads: 1,
            maxQueryMemoryBytes: 1_099_511_627_776,
            queryPriority: 0,
            importedSpans: false,
          },
        },
        tagFilterCondition: 'or',
        tagFilters: [FILTER],
        tagFilterGroups: [{ tagFilterCondition: 'or', tagFilters: [FILTER, FILTER] }],
        exportFields: ['$tag.flow_info', '_id', '~$k8s.label.app.*'],
        enumTranslateToNameDisabled: true,
        keepIds: true,
        timeZone: 'Asia/Shanghai',
        sasl: SASL,
        tls: {
          caSecretRef: { name: 'ca' },
          clientCertificateSecretRef: { name: 'client' },
          serverName: 'kafka.example.com',
        },
        producer: { compression: 'none' },
        delivery: { checkpointTopic: 'checkpoints' },
        podTemplate: {
          nodeSelector: { a: 'b' },
          tolerations: [{ operator: 'Exists' }],
          imagePullSecrets: [{ name: 'registry' }],
        },
      },
    ],
  ])('%s, and fills in the same defaults as parsing does', async (_name, change) => {
    const spec = { ...MINIMAL, ...change };
    const served = await cluster.admin.create(resource(spec), true);
    const parsed = kafkaExporter.parse({ ...served, spec });
    expect(served['spec']).toEqual(parsed.spec);
    expect(served['status']).toEqual({ observedGeneration: -1 });
  });
});

describe('the definition', () => {
  const looseObject = z.looseObject({});
  const file = new URL('../../../../crds/export.deepflow.io_kafkaexporters.yaml', import.meta.url);
  const definition = z.looseObject({ spec: looseObject }).parse(load(readFileSync(file, 'utf8')));

  it('comes back exactly as it is in crds/', async () => {
    const args = ['get', 'crd', 'kafkaexporters.export.deepflow.io', '-o', 'json'];
    const live = z
      .looseObject({ spec: looseObject })
      .parse(JSON.parse(await cluster.kubectl(args)));
    expect(live.spec).toEqual(definition.spec);
  });

  it('is accepted with the rest of deploy/ as users apply it, without a warning', async () => {
    const folder = fileURLToPath(new URL('../../../../deploy', import.meta.url));
    const answer = await cluster.kubectl(['apply', '--warnings-as-errors', '-k', folder]);
    expect(answer).toContain('customresourcedefinition.apiextensions.k8s.io/kafkaexporters');
    expect(answer).toContain('deployment.apps/deepflow-kafka-exporter-operator');
  });

  /** Creates a definition with these rules and another name, as a dry run. */
  const withRules = async (times: number): Promise<string> => {
    const { group } = z.object({ group: z.string() }).parse(definition.spec);
    const probe = {
      ...definition,
      metadata: { name: `probes.${group}` },
      spec: {
        ...looseObject.parse(repeatRules(definition.spec, times)),
        names: { kind: 'Probe', listKind: 'ProbeList', plural: 'probes', singular: 'probe' },
      },
    };
    return cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(probe));
  };

  it('has rules that cost less than half of the limit, each and all together', async () => {
    expect(await withRules(2)).toContain('created');
  });

  it('would be refused with rules that cost more than the limit', async () => {
    await expect(withRules(100)).rejects.toThrow(/estimated rule cost exceeds budget/);
  });
});
