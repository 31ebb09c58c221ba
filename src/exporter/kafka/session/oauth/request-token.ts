import { z } from 'zod';
import type { ProxyEnvironment } from '../../../../lib/net/proxy-environment.ts';
import type { ExporterConfig } from '../../../contract/exporter-config.ts';
import type { Credentials } from '../../../config/credential-store.ts';
import { BEARER_TOKEN } from './bearer-token.ts';
import { postForm } from './post-form.ts';
import { TokenError } from '../../errors/token-error.ts';

/** The token endpoint, and the scope and audience of tokens. */
export type TokenOptions = Extract<
  NonNullable<ExporterConfig['kafka']['sasl']>['oauthBearer'],
  { readonly tokenEndpoint: string }
>;

/** A token, and for how many seconds from now it is valid. */
export interface Token {
  readonly value: string;
  readonly expiresInSeconds: number;
}

const TIMEOUT_MS = 8_000;
/** The lifetime when an endpoint omits `expires_in`, as RFC 6749 section 5.1 allows. */
const UNSAID_LIFETIME_SECONDS = 300;
const TEXT_MAX = 200;

const granted = z.object({
  access_token: z.string().regex(BEARER_TOKEN),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().default(UNSAID_LIFETIME_SECONDS),
});

const refused = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Requests a token from a token endpoint with the client-credentials grant (RFC 6749 section 4.4).
 * The client sends its id and secret with HTTP Basic, which every endpoint should support, or in the
 * form (section 2.3.1).
 *
 * @throws TokenError when the endpoint refuses a token, or gives no usable answer within 8 seconds.
 */
export async function requestToken(
  options: TokenOptions,
  credentials: Credentials,
  proxy?: ProxyEnvironment,
): Promise<Token> {
  const { audience, clientAuthentication = 'Basic', privateCa, scope, tokenEndpoint } = options;
  const { oauthCa, oauthClientId = '', oauthClientSecret = '' } = credentials;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(clientAuthentication === 'Form'
      ? { client_id: oauthClientId, client_secret: oauthClientSecret }
      : {}),
  });
  const login = Buffer.from(
    `${formEncoded(oauthClientId)}:${formEncoded(oauthClientSecret)}`,
  ).toString('base64');
  const answer = await postForm({
    url: tokenEndpoint,
    headers: clientAuthentication === 'Form' ? {} : { Authorization: `Basic ${login}` },
    body: form.toString(),
    ca: privateCa ? oauthCa : undefined,
    timeoutMs: TIMEOUT_MS,
    proxy,
  }).catch((error: unknown) => {
    throw new TokenError({ reason: 'TokenEndpointUnreachable', detail: wordsOf(error) }, error);
  });
  return tokenOf(answer, [login, oauthClientSecret, formEncoded(oauthClientSecret)]);
}

function tokenOf(
  { body, status }: { readonly status: number; readonly body: string },
  secrets: readonly string[],
): Token {
  const json = parseJson(body);
  const token = granted.safeParse(json).data;
  if (status === 200 && token !== undefined) {
    return { value: token.access_token, expiresInSeconds: token.expires_in };
  }
  const refusal = refused.safeParse(json).data;
  if (status >= 400 && status < 500 && refusal !== undefined) {
    const { error, error_description: description } = refusal;
    const said = description === undefined ? error : `${error}: ${description}`;
    throw new TokenError({ reason: 'TokenRefused', detail: shown(said, secrets) });
  }
  const isRefusal = status === 401 || status === 403;
  throw new TokenError({
    reason: isRefusal ? 'TokenRefused' : 'TokenEndpointUnreachable',
    detail: status === 200 ? 'the answer contains no bearer token' : `HTTP status ${status}`,
  });
}

/** RFC 6749 section 2.3.1: id and secret are encoded like the values of a form. */
function formEncoded(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2);
}

/** The text of an endpoint without the secrets that it may repeat. */
function shown(text: string, secrets: readonly string[]): string {
  const harmless = secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
  return harmless.replaceAll(/[^\x20-\x7e…]+/g, ' ').slice(0, TEXT_MAX);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `no answer within ${TIMEOUT_MS / 1_000} seconds`;
  }
  const code: unknown = Reflect.get(error, 'code');
  // Only the message has the answer of the proxy.
  if (code === 'ERR_PROXY_TUNNEL') return error.message;
  return typeof code === 'string' ? code : error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
