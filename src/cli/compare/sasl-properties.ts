import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import { type ExporterConfig, SASL_MECHANISMS } from '../../exporter/contract/exporter-config.ts';
import { UsageError } from '../process/usage-error.ts';

type Sasl = NonNullable<ExporterConfig['kafka']['sasl']>;
type Settings = ReadonlyMap<string, string>;

const CLIENT_ID = [
  'sasl.oauthbearer.client.id',
  'sasl.oauthbearer.client.credentials.client.id',
] as const;
const CLIENT_SECRET = [
  'sasl.oauthbearer.client.secret',
  'sasl.oauthbearer.client.credentials.client.secret',
] as const;
const ENDPOINT = 'sasl.oauthbearer.token.endpoint.url';
const SCOPE = 'sasl.oauthbearer.scope';
/** A Java client needs it for OAUTHBEARER, and librdkafka the method: both say what is done here in any case. */
const WAYS = new Map([
  ['sasl.login.callback.handler.class', /\.OAuthBearerLoginCallbackHandler$/],
  ['sasl.oauthbearer.method', /^oidc$/i],
]);

/** The settings about SASL that {@link saslOf} reads. */
export const SASL_PROPERTIES: readonly string[] = [
  ...['sasl.mechanism', 'sasl.mechanisms', 'sasl.username', 'sasl.password', 'sasl.jaas.config'],
  ...[ENDPOINT, SCOPE, ...CLIENT_ID, ...CLIENT_SECRET, ...WAYS.keys()],
];

/**
 * How to log in by the settings of librdkafka or of a Java client (KIP-768 and KIP-1139 for OAUTHBEARER). What is secret is added to
 * `files`, by the names of `CREDENTIAL_FILES`.
 *
 * @param where how messages name the settings.
 * @throws UsageError that says which setting must be what; never with a secret.
 */
export function saslOf(settings: Settings, where: string, files: Map<string, string>): Sasl {
  const named = settings.get('sasl.mechanism') ?? settings.get('sasl.mechanisms');
  const mechanism = SASL_MECHANISMS.find((each) => each === named?.toUpperCase());
  if (mechanism === undefined) {
    throw new UsageError(`${where}: sasl.mechanism must be one of ${SASL_MECHANISMS.join(', ')}`);
  }
  const jaas = settings.get('sasl.jaas.config') ?? '';
  if (mechanism === 'OAUTHBEARER') {
    return { mechanism, oauthBearer: oauthBearerOf(settings, { where, jaas, files }) };
  }
  const username = settings.get('sasl.username') ?? quoted(jaas, 'username');
  const password = settings.get('sasl.password') ?? quoted(jaas, 'password');
  if (username === undefined || password === undefined) {
    throw new UsageError(
      `${where}: sasl.username and sasl.password must be there, or sasl.jaas.config with username="…" and password="…"`,
    );
  }
  files.set(CREDENTIAL_FILES.saslUsername, username);
  files.set(CREDENTIAL_FILES.saslPassword, password);
  return { mechanism };
}

function oauthBearerOf(
  settings: Settings,
  to: { readonly where: string; readonly jaas: string; readonly files: Map<string, string> },
): NonNullable<Sasl['oauthBearer']> {
  const { files, jaas, where } = to;
  for (const [name, expected] of WAYS) {
    const value = settings.get(name);
    if (value !== undefined && !expected.test(value)) {
      throw new UsageError(
        `${where}: ${name}=${value} is not supported: it must match ${expected}`,
      );
    }
  }
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => settings.get(name)).find((value) => value !== undefined);
  const id = first(CLIENT_ID) ?? quoted(jaas, 'clientId');
  const secret = first(CLIENT_SECRET) ?? quoted(jaas, 'clientSecret');
  const tokenEndpoint = settings.get(ENDPOINT);
  if (tokenEndpoint === undefined || !/^https?:$/.test(protocolOf(tokenEndpoint))) {
    throw new UsageError(`${where}: ${ENDPOINT} must be an http or https URL`);
  }
  if (id === undefined || secret === undefined) {
    throw new UsageError(
      `${where}: ${CLIENT_ID[0]} and ${CLIENT_SECRET[0]} must be there, or sasl.jaas.config with clientId="…" and clientSecret="…"`,
    );
  }
  files.set(CREDENTIAL_FILES.oauthClientId, id);
  files.set(CREDENTIAL_FILES.oauthClientSecret, secret);
  const scope = settings.get(SCOPE) ?? quoted(jaas, 'scope');
  return { tokenEndpoint, privateCa: false, ...(scope === undefined ? {} : { scope }) };
}

function protocolOf(url: string): string {
  return URL.parse(url)?.protocol ?? '';
}

/** The value of an option in a JAAS configuration, where a backslash keeps the character after it. */
function quoted(jaas: string, name: string): string | undefined {
  const [, double, single] =
    new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)')`).exec(jaas) ?? [];
  return double?.replaceAll(/\\(.)/g, '$1') ?? single;
}
