import { z } from 'zod';
import { SASL_MECHANISMS } from '../../exporter/contract/exporter-config.ts';
import { text, withRules } from './fields.ts';
import { authoritiesReference, clientReference, loginReference } from './secret-references.ts';

const oauthBearer = withRules(
  z.strictObject({
    tokenEndpoint: text({
      pattern: '^https?://[^\\s@/?#]+(/[^\\s#]*)?$',
      maxLength: 2_048,
      message:
        'must be https://host/path; client id and secret belong in oauthBearer.credentialsSecretRef',
    }).describe(
      'URL that gives tokens by the client-credentials grant (RFC 6749). With http:// the client secret travels in the clear.',
    ),
    credentialsSecretRef: clientReference.describe(
      'Client id and secret, shown to the token endpoint by HTTP Basic.',
    ),
    scope: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Scopes to ask for, with spaces between them.'),
    audience: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Audience to ask for, where the token endpoint wants one.'),
    caSecretRef: authoritiesReference
      .optional()
      .describe("Authorities that sign the token endpoint's certificate; absent: the system's."),
  }),
  [
    {
      cel: "!(has(self.caSecretRef) && self.tokenEndpoint.startsWith('http:'))",
      holds: ({ caSecretRef, tokenEndpoint }) =>
        !(caSecretRef !== undefined && tokenEndpoint.startsWith('http:')),
      message: 'caSecretRef has no effect with http://: remove it or use https://',
    },
  ],
);

/** `spec.sasl`: how the exporter logs in to Kafka. */
export const sasl = withRules(
  z.strictObject({
    enabled: z.boolean().default(true).describe('False: connections carry no SASL.'),
    securityProtocol: z
      .enum(['SASL_SSL', 'SASL_PLAINTEXT'])
      .default('SASL_SSL')
      .describe('SASL_SSL encrypts the connections; SASL_PLAINTEXT sends everything in the clear.'),
    mechanism: z.enum(SASL_MECHANISMS).describe('SASL mechanism of the brokers.'),
    credentialsSecretRef: loginReference
      .optional()
      .describe('User name and password of Kafka; required unless the mechanism is OAUTHBEARER.'),
    oauthBearer: oauthBearer
      .optional()
      .describe('Where tokens come from; required with mechanism OAUTHBEARER.'),
  }),
  [
    {
      cel: "self.mechanism == 'OAUTHBEARER' || has(self.credentialsSecretRef)",
      holds: (value) =>
        value.mechanism === 'OAUTHBEARER' || value.credentialsSecretRef !== undefined,
      message: 'credentialsSecretRef is missing: name the Secret of user name and password',
    },
    {
      cel: "self.mechanism != 'OAUTHBEARER' || !has(self.credentialsSecretRef)",
      holds: (value) =>
        value.mechanism !== 'OAUTHBEARER' || value.credentialsSecretRef === undefined,
      message:
        'mechanism OAUTHBEARER has no user name and password: move credentialsSecretRef into oauthBearer',
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
