import type { Clock } from '../../../lib/clock.ts';
import type { ProxyEnvironment } from '../../../lib/net/proxy-environment.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { bearerLogin } from './oauth/bearer-login.ts';
import { requestToken } from './oauth/request-token.ts';
import { readTokenFile } from './oauth/token-file.ts';
import { createTokenSource } from './oauth/token-source.ts';

/** What logging in needs. */
export interface LoginDeps {
  readonly clock: Clock;
  /** The proxies on the way to a token endpoint. Absent: none. */
  readonly proxy?: ProxyEnvironment | undefined;
}

/** How the connections of one session log in. */
export interface SaslLogin {
  /** The `sasl` option of kafkajs. Null: the connections do not log in. */
  readonly options: unknown;
  /** Requests the token that the first connection needs. @throws TokenError. */
  prepare(): Promise<void>;
}

/**
 * Makes the login of a configuration with these credentials. The connections of a session share one
 * token.
 */
export function saslLogin(
  { clock, proxy }: LoginDeps,
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
  const token =
    'tokenFile' in oauthBearer
      ? () => readTokenFile(oauthBearer.tokenFile)
      : createTokenSource(clock, () => requestToken(oauthBearer, credentials, proxy));
  return {
    options: { mechanism, authenticationProvider: bearerLogin(token, oauthBearer.extensions) },
    prepare: async () => {
      await token();
    },
  };
}
