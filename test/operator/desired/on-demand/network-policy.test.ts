import { expect, it } from 'vitest';
import { networkPolicy } from '../../../../src/operator/desired/on-demand/network-policy.ts';
import { SASL, sampleResource } from '../../sample-resource.ts';

function specOf(spec: Readonly<Record<string, unknown>>, additionalAddresses: string[] = []) {
  return networkPolicy(sampleResource(spec), { additionalAddresses })['spec'];
}

const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));
const DNS = {
  ports: [53, 5353].flatMap((port) => [
    { port, protocol: 'UDP' },
    { port, protocol: 'TCP' },
  ]),
};
const allowed = (...egress: object[]) => ({
  podSelector: {
    matchLabels: {
      'app.kubernetes.io/component': 'exporter',
      'app.kubernetes.io/name': 'deepflow-kafka-exporter',
      'export.deepflow.io/exporter': 'l7',
    },
  },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ ports: tcp(8080) }],
  egress: [DNS, ...egress],
});

it('a NetworkPolicy allows the port of a host name at every address', () => {
  const spec = { endpoints: ['b1:9094', 'b2:9092', 'b3:9092'] };
  expect(specOf(spec)).toEqual(allowed({ ports: tcp(8123, 9092, 9094) }));
});

it('a NetworkPolicy allows an IP address only its own port', () => {
  const clickHouse = { url: 'https://clickhouse', replicaUrls: ['http://[2001:DB8:0::7]:8123/x'] };
  const spec = {
    endpoints: ['10.0.0.9:9093', '10.0.0.9:9092', '10.0.0.10:9092'],
    source: { clickHouse },
  };
  const block = (cidr: string) => ({ to: [{ ipBlock: { cidr } }] });
  expect(specOf(spec)).toEqual(
    allowed(
      { ports: tcp(443) },
      { ports: tcp(9092), ...block('10.0.0.10/32') },
      { ports: tcp(9092, 9093), ...block('10.0.0.9/32') },
      { ports: tcp(8123), ...block('2001:db8::7/128') },
    ),
  );
});

it('a NetworkPolicy allows the token endpoint, and addresses that brokers advertise', () => {
  const tokenEndpoint = 'http://tokens.example.com/token';
  const oauthBearer = { tokenEndpoint, credentialsSecretRef: { name: 'client' } };
  const spec = { sasl: { mechanism: 'OAUTHBEARER', oauthBearer } };
  expect(specOf(spec, ['[::ffff:10.0.0.1]:30001', '10.0.0.1:30000'])).toEqual(
    allowed(
      { ports: tcp(80, 8123, 9092, 30_001) },
      { ports: tcp(30_000), to: [{ ipBlock: { cidr: '10.0.0.1/32' } }] },
    ),
  );
  expect(specOf({ sasl: { ...SASL, enabled: false } })).toEqual(
    allowed({ ports: tcp(8123, 9092) }),
  );
});

it('a NetworkPolicy of pushed records allows their port, and no ClickHouse', () => {
  const source = { http: { allowAnonymous: true, port: 9_000 } };
  expect(specOf({ source, universalTagTranslateToNameDisabled: true })).toEqual({
    ...allowed({ ports: tcp(9092) }),
    ingress: [{ ports: tcp(8080, 9000) }],
  });
});
