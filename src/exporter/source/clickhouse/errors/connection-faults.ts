/** The kind of a fault that prevents an answer of ClickHouse. */
export type FaultKind =
  | 'unreachable'
  | 'silent'
  | 'certificate'
  | 'client-certificate'
  | 'foreign'
  /** The pod already runs its maximum number of queries. */
  | 'limit'
  /** A setting does not have the value that the query states. */
  | 'setting';

/** A fault of a connection, or an answer that does not come from ClickHouse. */
export interface ConnectionFault {
  readonly kind: FaultKind;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** Error codes of the exporter, in addition to those of Node and OpenSSL. */
export const OWN_CODES = {
  /** The address does not answer `/ping` while a query waits. */
  silent: 'SILENT',
  /** The connection was not made in time. */
  noConnection: 'NO_CONNECTION',
  /** The answer comes from a web page, a login page or an ingress. */
  notClickHouse: 'NOT_CLICKHOUSE',
  /** A proxy reports that its upstream does not answer. */
  badGateway: 'BAD_GATEWAY',
  /** The port speaks ClickHouse's native protocol. */
  nativePort: 'NATIVE_PORT',
  /** The proxy of the pod gives no connection. */
  proxy: 'PROXY',
  /** The answer ended before it was complete. */
  cut: 'CUT',
  /** The answer has another format than requested. */
  garbled: 'GARBLED',
  /** A proxy requires another client certificate. */
  clientCertificate: 'CLIENT_CERTIFICATE',
  /** A setting does not have the value that the query states. */
  notInForce: 'NOT_IN_FORCE',
  /** The port requires TLS. */
  tlsPort: 'TLS_PORT',
  /** The pod runs its maximum number of queries, and none ended in time. */
  noPlace: 'NO_PLACE',
} as const;

const AUTHORITY =
  'has a TLS certificate of a CA that is not trusted: put the certificate of that CA into the Secret of spec.source.clickHouse.tls.caSecretRef, or the ConfigMap of caConfigMapRef';
const PORTS =
  'the URL must name the HTTP port (http://, 8123 by default) or the HTTPS port (https://, 8443 by default)';

/** By the codes of OpenSSL, of Node and of the exporter. The first match wins. */
const FAULTS: readonly (readonly [RegExp, FaultKind, string])[] = [
  [
    /^SILENT$/,
    'silent',
    'does not answer: a query waits, and a request to /ping gets no answer either; check whether the process of ClickHouse hangs, is stopped or lacks CPU',
  ],
  [
    /^NO_CONNECTION$|^ETIMEDOUT$/,
    'unreachable',
    'does not accept connections in time: check the address in spec.source.clickHouse, firewalls and NetworkPolicies',
  ],
  [
    /^NOT_CLICKHOUSE$/,
    'foreign',
    'is not ClickHouse, but a web page, a login page or an ingress: check host, port and path in spec.source.clickHouse, and what the ingress requires of clients',
  ],
  [
    /^BAD_GATEWAY$/,
    'unreachable',
    'is a proxy or an ingress that gets no answer from ClickHouse: check ClickHouse and the proxy',
  ],
  [
    /^PROXY$/,
    'unreachable',
    'is not reached through the proxy: correct HTTPS_PROXY in spec.podTemplate.env, or name the host in NO_PROXY there',
  ],
  [/^NATIVE_PORT$/, 'foreign', `is the port of ClickHouse's native protocol: ${PORTS}`],
  [/^TLS_PORT$/, 'foreign', 'requires TLS at this port: write https:// in spec.source.clickHouse'],
  [
    /^NOT_IN_FORCE$/,
    'setting',
    'does not run queries with the settings that they state, so rows could be missing: check for a proxy that changes queries, or use a tested version of ClickHouse',
  ],
  [
    /^NO_PLACE$/,
    'limit',
    'already runs the maximum number of queries of this pod, and none of them ends: check whether ClickHouse or Kafka is slow, raise spec.source.clickHouse.maxConcurrentQueries, or lower spec.queueCount',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'certificate',
    'has a TLS certificate that has expired: renew it on the server',
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    'certificate',
    'has a TLS certificate that is not valid yet: check the clocks of the server and of the node',
  ],
  [
    /ALTNAME_INVALID|HOSTNAME_MISMATCH/,
    'certificate',
    'has a TLS certificate for another name: use a name of the certificate in the URL, or set spec.source.clickHouse.tls.serverName',
  ],
  [
    /^CLIENT_CERTIFICATE$|_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/,
    'client-certificate',
    'refused the TLS client certificate, or requires one: put a certificate that ClickHouse trusts, and its key, into the Secret of spec.source.clickHouse.tls.clientCertificateSecretRef',
  ],
  [
    /_ALERT_HANDSHAKE_FAILURE$/,
    'client-certificate',
    'broke off the TLS handshake, as TLS 1.2 servers do when they require a client certificate: put one into the Secret of spec.source.clickHouse.tls.clientCertificateSecretRef, or check the TLS versions and ciphers that the server accepts',
  ],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, 'certificate', AUTHORITY],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|SSL_HTTP_REQUEST/,
    'foreign',
    'does not speak TLS at this port: write http:// in spec.source.clickHouse, or use the HTTPS port (8443 by default)',
  ],
  [
    /ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO/,
    'unreachable',
    'and the exporter could not agree on a TLS connection: check its certificates and TLS versions',
  ],
  [/^HPE_/, 'foreign', `does not speak HTTP: ${PORTS}`],
  [
    /^ENOTFOUND$/,
    'unreachable',
    'has a host name that does not exist: check spec.source.clickHouse, and the namespace in the host name if it is a Service',
  ],
  [
    /^EAI_AGAIN$/,
    'unreachable',
    'has a host name that DNS cannot resolve at the moment: check the DNS of the cluster',
  ],
  [
    /^ECONNREFUSED$/,
    'unreachable',
    'refuses connections: check spec.source.clickHouse, and that ClickHouse runs and listens there',
  ],
  [
    /^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/,
    'unreachable',
    'has an address that cannot be reached from this pod: check spec.source.clickHouse and the network',
  ],
  [
    /^CUT$/,
    'unreachable',
    'broke off an answer: check whether ClickHouse restarts, and the proxies between ClickHouse and the exporter',
  ],
  [
    /^GARBLED$/,
    'foreign',
    'answered in another format than requested: check whether a proxy in front of ClickHouse changes answers, or drops settings from the URL of a query',
  ],
  [
    /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/,
    'unreachable',
    'closed the connection before the answer was complete: check whether ClickHouse restarts; if the port requires TLS, write https:// in spec.source.clickHouse; with https://, ClickHouse may require a client certificate',
  ],
];

const ANY: ConnectionFault = {
  kind: 'unreachable',
  words: 'could not be read: check spec.source.clickHouse and the network',
};

/**
 * The fault for an error code that is not a code of ClickHouse. `code` is undefined for an error
 * without a code.
 */
export function connectionFault(code: string | undefined): ConnectionFault {
  const found = code === undefined ? undefined : FAULTS.find(([pattern]) => pattern.test(code));
  if (found === undefined) return ANY;
  const [, kind, words] = found;
  return { kind, words };
}
