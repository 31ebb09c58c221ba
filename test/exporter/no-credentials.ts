import type { Credentials } from '../../src/exporter/config/credential-store.ts';

/** Empty credentials. A test adds those that it needs. */
export const noCredentials: Credentials = {
  revision: undefined,
  extraCa: undefined,
  saslUsername: undefined,
  saslPassword: undefined,
  oauthClientId: undefined,
  oauthClientSecret: undefined,
  oauthCa: undefined,
  kafkaCa: undefined,
  kafkaClientCertificate: undefined,
  kafkaClientKey: undefined,
  pushToken: undefined,
  pushCertificate: undefined,
  pushKey: undefined,
  pushClientCa: undefined,
  clickHouseUsername: undefined,
  clickHousePassword: undefined,
  clickHouseCa: undefined,
  clickHouseClientCertificate: undefined,
  clickHouseClientKey: undefined,
};
