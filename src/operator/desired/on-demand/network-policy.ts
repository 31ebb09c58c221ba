import type {
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';
import { parseBroker } from '../../../exporter/contract/addresses.ts';
import { ipv6Text } from '../../../lib/net/ipv6-text.ts';
import { parseIpv4, parseIpv6 } from '../../../lib/net/parse-ipv6.ts';
import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { NetworkPolicy } from '../../api/on-demand/network-policy.ts';
import type { KubeManifest } from '../../kube/kube-object.ts';
import { HTTP_PORT } from '../deployment.ts';
import { selectorLabels } from '../labels.ts';
import { ownedMetadata } from '../metadata.ts';
import { workloadName } from '../names.ts';

/** DNS, and the port of OpenShift's DNS pods. */
const DNS_PORTS = [53, 5353] as const;

/**
 * Lets the pods reach only what the spec names, and lets others reach only the ports that the pods serve. A NetworkPolicy
 * cannot name a host, so a host name allows its port at every address, and an IP address allows its port there.
 */
export function networkPolicy(
  resource: KafkaExporter,
  { additionalAddresses }: NetworkPolicy,
): KubeManifest {
  const { name } = resource.metadata;
  const { http } = resource.spec.source;
  const served = [HTTP_PORT, ...(http === undefined ? [] : [http.port])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(resource, workloadName(name)),
    spec: {
      podSelector: { matchLabels: { ...selectorLabels(name) } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: served.map((port) => ({ port, protocol: 'TCP' })) }],
      egress: [
        {
          ports: DNS_PORTS.flatMap((port) => [
            { port, protocol: 'UDP' },
            { port, protocol: 'TCP' },
          ]),
        },
        ...egressTo([...addressesOf(resource), ...additionalAddresses.map(parseBroker)]),
      ],
    },
  } satisfies V1NetworkPolicy;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function addressesOf({ spec }: KafkaExporter): Address[] {
  const { clickHouse } = spec.source;
  const token = spec.sasl?.enabled === true ? spec.sasl.oauthBearer?.tokenEndpoint : undefined;
  const urls = [
    ...(clickHouse === undefined ? [] : [clickHouse.url, ...clickHouse.replicaUrls]),
    ...(token === undefined ? [] : [token]),
  ];
  return [...spec.endpoints.map(parseBroker), ...urls.map(addressOfUrl)];
}

function addressOfUrl(url: string): Address {
  const { hostname, port, protocol } = new URL(url);
  const ordinary = protocol === 'https:' ? 443 : 80;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? ordinary : Number(port),
  };
}

/** One rule for all host names, and one for each IP address. Sorted, so that the same addresses give the same bytes. */
function egressTo(addresses: readonly Address[]): V1NetworkPolicyEgressRule[] {
  const ports = new Map<string, Set<number>>();
  for (const { host, port } of addresses) {
    const cidr = cidrOf(host) ?? '';
    ports.set(cidr, (ports.get(cidr) ?? new Set()).add(port));
  }
  return [...ports]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([cidr, numbers]) => ({
      ports: [...numbers]
        .toSorted((a, b) => a - b)
        .map((port): V1NetworkPolicyPort => ({ port, protocol: 'TCP' })),
      ...(cidr === '' ? {} : { to: [{ ipBlock: { cidr } }] }),
    }));
}

/** The block of one IP address; undefined: the host is a name, or an IPv4 address written as IPv6, which blocks cannot have. */
function cidrOf(host: string): string | undefined {
  const v4 = parseIpv4(host);
  if (v4 !== undefined) {
    return `${[v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255].join('.')}/32`;
  }
  const v6 = parseIpv6(host);
  if (v6 === undefined) return undefined;
  const canonical = ipv6Text(v6, 0);
  return canonical.includes('.') ? undefined : `${canonical}/128`;
}
