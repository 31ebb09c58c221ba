/** What kind of a fault keeps an answer of ClickHouse away. */
export type FaultKind =
  | 'unreachable'
  | 'silent'
  | 'certificate'
  | 'client-certificate'
  | 'foreign'
  /** As many queries as a pod may ask at once. */
  | 'limit'
  /** A setting is not as a query states it. */
  | 'setting';

/** A fault of a connection, or an answer that is not ClickHouse's. */
export interface ConnectionFault {
  readonly kind: FaultKind;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** Codes of errors of our own, beside those of Node and OpenSSL. */
export const OWN_CODES = {
  /** The address does not answer `/ping` while a query waits. */
  silent: 'SILENT',
  /** No connection within its time. */
  noConnection: 'NO_CONNECTION',
  /** The answer of a web page, a login or an ingress. */
  notClickHouse: 'NOT_CLICKHOUSE',
  /** A proxy says that nothing behind it answers. */
  badGateway: 'BAD_GATEWAY',
  /** The port of ClickHouse's own protocol. */
  nativePort: 'NATIVE_PORT',
  /** An answer without its end. */
  cut: 'CUT',
  /** An answer of other bytes than were asked for. */
  garbled: 'GARBLED',
  /** A proxy does not let the client in without another certificate. */
  clientCertificate: 'CLIENT_CERTIFICATE',
  /** A query states a setting, and it is another. */
  notInForce: 'NOT_IN_FORCE',
  /** The port wants TLS. */
  tlsPort: 'TLS_PORT',
  /** No query of the pod has ended in time for another to begin. */
  noPlace: 'NO_PLACE',
} as const;

const AUTHORITY =
  'shows a TLS certificate of an authority that is not trusted: put the authority that signed it into the Secret of spec.source.clickHouse.tls.caSecretRef';
const PORTS =
  'the URL must name the HTTP port (http://, 8123 by default) or the HTTPS port (https://, 8443 by default)';

/** By OpenSSL's, Node's and our own codes; the first that fits counts. */
const FAULTS: readonly (readonly [RegExp, FaultKind, string])[] = [
  [
    /^SILENT$/,
    'silent',
    'does not answer: a query waits, and not even /ping is answered; look whether its process hangs, is stopped or starved',
  ],
  [
    /^NO_CONNECTION$|^ETIMEDOUT$/,
    'unreachable',
    'takes no connection: check the address in spec.source.clickHouse, and firewalls and NetworkPolicies',
  ],
  [
    /^NOT_CLICKHOUSE$/,
    'foreign',
    'is no ClickHouse, but a web page, a login or an ingress: check host, port and path in spec.source.clickHouse, and what the ingress wants of clients',
  ],
  [
    /^BAD_GATEWAY$/,
    'unreachable',
    'is a proxy or an ingress that gets no answer from ClickHouse: look at ClickHouse and at the proxy',
  ],
  [/^NATIVE_PORT$/, 'foreign', `is the port of ClickHouse's own protocol: ${PORTS}`],
  [/^TLS_PORT$/, 'foreign', 'wants TLS at this port: write https:// in spec.source.clickHouse'],
  [
    /^NOT_IN_FORCE$/,
    'setting',
    'does not run queries with the settings that they state, so rows could be missing: look for a proxy that changes queries, or use a tested version of ClickHouse',
  ],
  [
    /^NO_PLACE$/,
    'limit',
    'is asked as many queries as this pod may ask at once, and none ends: look whether ClickHouse or Kafka is slow, raise spec.source.clickHouse.maxConcurrentQueries, or lower spec.queueCount',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'certificate',
    'shows a TLS certificate that has expired: renew it on the server',
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    'certificate',
    'shows a TLS certificate that is not valid yet: check the clocks of both sides',
  ],
  [
    /ALTNAME_INVALID|HOSTNAME_MISMATCH/,
    'certificate',
    'shows a TLS certificate of another name: use a name of the certificate in the URL, or set spec.source.clickHouse.tls.serverName',
  ],
  [
    /^CLIENT_CERTIFICATE$|_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/,
    'client-certificate',
    'refused the TLS client certificate, or wants one: put one that it trusts, and its key, into the Secret of spec.source.clickHouse.tls.clientCertificateSecretRef',
  ],
  [
    /_ALERT_HANDSHAKE_FAILURE$/,
    'client-certificate',
    'broke off the TLS handshake, as servers of TLS 1.2 do that want a client certificate: put one into the Secret of spec.source.clickHouse.tls.clientCertificateSecretRef, or look at the TLS versions and ciphers that it takes',
  ],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, 'certificate', AUTHORITY],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|SSL_HTTP_REQUEST/,
    'foreign',
    'speaks no TLS at this port: write http:// in spec.source.clickHouse, or its HTTPS port (8443 by default)',
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
    'has a host name that does not exist: check spec.source.clickHouse, and the namespace in the name of a Service',
  ],
  [
    /^EAI_AGAIN$/,
    'unreachable',
    'has a host name that DNS does not resolve now: look at the DNS of the cluster',
  ],
  [
    /^ECONNREFUSED$/,
    'unreachable',
    'refuses connections: look whether ClickHouse runs and listens there, and check spec.source.clickHouse',
  ],
  [
    /^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/,
    'unreachable',
    'has an address that cannot be reached from this pod: check spec.source.clickHouse and the network',
  ],
  [
    /^CUT$/,
    'unreachable',
    'broke an answer off: look whether it restarts, and at proxies between it and the exporter',
  ],
  [
    /^GARBLED$/,
    'foreign',
    'answered with other bytes than were asked for: a proxy before it may change answers, or drop settings from the URL of a query',
  ],
  [
    /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/,
    'unreachable',
    'closed the connection in mid-answer or without one: look whether it restarts; if the port wants TLS, write https:// in spec.source.clickHouse; with https://, it may want a client certificate',
  ],
];

const ANY: ConnectionFault = {
  kind: 'unreachable',
  words: 'could not be read: check spec.source.clickHouse and the network',
};

/** What the code of an error stands for that is no code of ClickHouse; undefined: an error without a code. */
export function connectionFault(code: string | undefined): ConnectionFault {
  const found = code === undefined ? undefined : FAULTS.find(([pattern]) => pattern.test(code));
  if (found === undefined) return ANY;
  const [, kind, words] = found;
  return { kind, words };
}
