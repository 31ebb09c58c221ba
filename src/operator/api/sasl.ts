import { z } from 'zod';
import {
  CLIENT_AUTHENTICATIONS,
  SASL_MECHANISMS,
} from '../../exporter/contract/exporter-config.ts';
import { URL_START_PATTERN } from '../../exporter/contract/addresses.ts';
import { mapOf, text, withRules } from './fields.ts';
import {
  authoritiesConfigMapReference,
  authoritiesReference,
  clientReference,
  loginReference,
  ONE_CA,
} from './secret-references.ts';

/** The names and values of SASL extensions (RFC 7628 section 3.1). The token itself is sent as `auth`. */
const EXTENSION_NAME = '^[A-Za-z]+$';
const name = new RegExp(EXTENSION_NAME);

const extensions = withRules(
  mapOf(
    text({
      pattern: '^[ -~]+$',
      maxLength: 1_024,
      message: 'must have only printable ASCII characters',
    }),
    16,
  ),
  [
    {
      cel: `self.all(name, name.matches('${EXTENSION_NAME}') && name != 'auth')`,
      holds: (pairs) => Object.keys(pairs).every((key) => name.test(key) && key !== 'auth'),
      message: 'names of extensions must have only letters, and must not be auth',
    },
  ],
);

const serviceAccountToken = z.strictObject({
  audience: z
    .string()
    .min(1)
    .max(256)
    .describe(
      'Audience of the token, which the brokers expect (sasl.oauthbearer.expected.audience).',
    ),
  expirationSeconds: z
    .int()
    .min(600)
    .max(86_400)
    .default(3_600)
    .describe('Lifetime of the token. The kubelet replaces it after 80 % of that time.'),
});

const oauthBearer = withRules(
  z.strictObject({
    tokenEndpoint: text({
      pattern: `${URL_START_PATTERN}(/[^\\s#]*)?$`,
      maxLength: 2_048,
      message:
        'must be https://host/path or https://host:port/path, with a port from 1 to 65535 and an IPv6 address in brackets; client id and secret belong in oauthBearer.credentialsSecretRef',
    })
      .optional()
      .describe(
        'URL that issues tokens by the client-credentials grant (RFC 6749). With http:// the client secret is sent in clear text. Required unless serviceAccountToken is set.',
      ),
    credentialsSecretRef: clientReference
      .optional()
      .describe('Client id and secret, which are sent to the token endpoint.'),
    serviceAccountToken: serviceAccountToken
      .optional()
      .describe(
        "The pod's own token of its ServiceAccount, instead of a token endpoint: no Secret is needed. Kafka checks it with the public keys of the Kubernetes cluster, and sees the user system:serviceaccount:<namespace>:<name>-exporter.",
      ),
    scope: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Scopes to request, separated by spaces.'),
    audience: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Audience to request, if the token endpoint requires one.'),
    clientAuthentication: z
      .enum(CLIENT_AUTHENTICATIONS)
      .default('Basic')
      .describe(
        'How client id and secret are sent. Basic: with HTTP Basic (client_secret_basic). Form: in the form (client_secret_post), for token endpoints that accept nothing else.',
      ),
    extensions: extensions
      .default({})
      .describe(
        'SASL extensions that the brokers require with the token, such as logicalCluster and identityPoolId.',
      ),
    caSecretRef: authoritiesReference
      .optional()
      .describe(
        "CA certificates that the token endpoint's certificate is checked against. Absent: the system's CA certificates.",
      ),
    caConfigMapRef: authoritiesConfigMapReference
      .optional()
      .describe('The same CA certificates in a ConfigMap, instead of caSecretRef.'),
  }),
  [
    {
      cel: '!(has(self.caSecretRef) && has(self.caConfigMapRef))',
      holds: ({ caConfigMapRef, caSecretRef }) =>
        caSecretRef === undefined || caConfigMapRef === undefined,
      message: ONE_CA,
    },
    {
      cel: 'has(self.tokenEndpoint) != has(self.serviceAccountToken) && has(self.tokenEndpoint) == has(self.credentialsSecretRef)',
      holds: (value) =>
        (value.tokenEndpoint === undefined) !== (value.serviceAccountToken === undefined) &&
        (value.tokenEndpoint === undefined) === (value.credentialsSecretRef === undefined),
      message:
        'oauthBearer must have either tokenEndpoint and credentialsSecretRef, or serviceAccountToken',
    },
    {
      cel: '!has(self.serviceAccountToken) || !(has(self.scope) || has(self.audience) || has(self.caSecretRef) || has(self.caConfigMapRef))',
      holds: (value) =>
        value.serviceAccountToken === undefined ||
        [value.scope, value.audience, value.caSecretRef, value.caConfigMapRef].every(
          (option) => option === undefined,
        ),
      message:
        'scope, audience, caSecretRef and caConfigMapRef are for a token endpoint: remove them; the audience belongs in serviceAccountToken.audience',
    },
    {
      cel: "!((has(self.caSecretRef) || has(self.caConfigMapRef)) && has(self.tokenEndpoint) && self.tokenEndpoint.startsWith('http:'))",
      holds: ({ caConfigMapRef, caSecretRef, tokenEndpoint = '' }) =>
        !(
          (caSecretRef !== undefined || caConfigMapRef !== undefined) &&
          tokenEndpoint.startsWith('http:')
        ),
      message:
        'caSecretRef and caConfigMapRef have no effect with http://: remove them or use https://',
    },
  ],
);

/** `spec.sasl`: login of the exporter to Kafka. */
export const sasl = withRules(
  z.strictObject({
    enabled: z.boolean().default(true).describe('False: connections do not use SASL.'),
    securityProtocol: z
      .enum(['SASL_SSL', 'SASL_PLAINTEXT'])
      .default('SASL_SSL')
      .describe(
        'SASL_SSL encrypts the connections. SASL_PLAINTEXT sends everything in clear text.',
      ),
    mechanism: z.enum(SASL_MECHANISMS).describe('SASL mechanism of the brokers.'),
    credentialsSecretRef: loginReference
      .optional()
      .describe('User name and password for Kafka. Required unless the mechanism is OAUTHBEARER.'),
    oauthBearer: oauthBearer
      .optional()
      .describe('Source of tokens. Required with mechanism OAUTHBEARER.'),
  }),
  [
    {
      cel: "self.mechanism == 'OAUTHBEARER' || has(self.credentialsSecretRef)",
      holds: (value) =>
        value.mechanism === 'OAUTHBEARER' || value.credentialsSecretRef !== undefined,
      message:
        'credentialsSecretRef is missing: name the Secret that has the user name and the password',
    },
    {
      cel: "self.mechanism != 'OAUTHBEARER' || !has(self.credentialsSecretRef)",
      holds: (value) =>
        value.mechanism !== 'OAUTHBEARER' || value.credentialsSecretRef === undefined,
      message:
        'mechanism OAUTHBEARER does not use a user name and password: move credentialsSecretRef into oauthBearer',
    },
    {
      cel: "(self.mechanism == 'OAUTHBEARER') == has(self.oauthBearer)",
      holds: (value) => (value.mechanism === 'OAUTHBEARER') === (value.oauthBearer !== undefined),
      message: 'mechanism OAUTHBEARER and oauthBearer go together: set both or neither',
    },
  ],
);

/** A parsed section `spec.sasl`. */
export type Sasl = z.infer<typeof sasl>;
