import type { Clock } from '../../../lib/clock.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { bearerLogin } from './oauth/bearer-login.ts';
import { requestToken } from './oauth/request-token.ts';
import { createTokenSource } from './oauth/token-source.ts';

/** How the connections of one session log in. */
export interface SaslLogin {
  /** kafkajs's `sasl` option; null: they do not. */
  readonly options: unknown;
  /** Gets what must be there before the first connection. @throws TokenError. */
  prepare(): Promise<void>;
}

/** The login of a configuration with these credentials. A session's connections share one token. */
export function saslLogin(
  clock: Clock,
  config: ExporterConfig['kafka']['sasl'],
  credentials: Credentials,
): SaslLogin {
  if (config === undefined) return { options: null, prepare: () => Promise.resolve() };
  const mechanism = config.mechanism.toLowerCase();
  const { oauthBearer } = config;
  if (oauthBearer === undefined) {
    const { saslPassword: password, saslUsername: username } = credentials;
    return { options: { mechanism, username, password }, prepare: () => Promise.resolve() };
  }
  const token = createTokenSource(clock, () => requestToken(oauthBearer, credentials));
  return {
    options: { mechanism, authenticationProvider: bearerLogin(token) },
    prepare: async () => {
      await token();
    },
  };
}
