/**
 * Names of files with this prefix hold credentials that are not proven yet. The exporter tries them, and uses them once all
 * servers have accepted them. A pod that starts anew therefore never depends on credentials that nobody has accepted.
 */
export const CANDIDATE_PREFIX = 'candidate.';

/**
 * Names of the files in the exporter's credentials directory. The operator writes them as keys of
 * one Secret that is mounted as a whole directory, because the kubelet never refreshes `subPath`
 * mounts. A file exists only when the configuration needs it.
 */
export const CREDENTIAL_FILES = {
  /** A decimal counter that grows with each change of the other files. */
  revision: 'revision',
  /** PEM bundle of CAs that are trusted in addition to the system's. */
  extraCa: 'extra-ca.crt',
  saslUsername: 'kafka-sasl-username',
  saslPassword: 'kafka-sasl-password',
  /** The client id and secret for the token endpoint of the mechanism OAUTHBEARER. */
  oauthClientId: 'kafka-oauth-client-id',
  oauthClientSecret: 'kafka-oauth-client-secret',
  /** PEM bundle of the CAs that may sign the token endpoint's certificate. */
  oauthCa: 'kafka-oauth-ca.crt',
  /** PEM bundle of the CAs that may sign the brokers' certificates. */
  kafkaCa: 'kafka-ca.crt',
  /** PEM client certificate and its key, for brokers that require one. */
  kafkaClientCertificate: 'kafka-client.crt',
  kafkaClientKey: 'kafka-client.key',
  /** The token that clients of the push server send. */
  pushToken: 'push-token',
  /** PEM certificate of the push server and its key. */
  pushCertificate: 'push-server.crt',
  pushKey: 'push-server.key',
  /** PEM bundle of the CAs that sign the certificates of the push server's clients. */
  pushClientCa: 'push-client-ca.crt',
  clickHouseUsername: 'clickhouse-username',
  clickHousePassword: 'clickhouse-password',
  /** PEM bundle of the CAs that may sign ClickHouse's certificates. */
  clickHouseCa: 'clickhouse-ca.crt',
  /** PEM client certificate and its key, for a ClickHouse that requires one. */
  clickHouseClientCertificate: 'clickhouse-client.crt',
  clickHouseClientKey: 'clickhouse-client.key',
} as const;
