import { z } from 'zod';
import { text, withRules } from './fields.ts';

const secretName = text({
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
  maxLength: 253,
  message: 'must be the name of a Secret: lower case letters, digits, "-" and "."',
}).describe('Name of a Secret in the namespace of this resource.');

const secretKey = text({
  pattern: '^[-._a-zA-Z0-9]+$',
  maxLength: 253,
  message: 'must be a key of a Secret or ConfigMap: letters, digits, "-", "_" and "."',
});

/** A reference to a password in a Secret of the resource's namespace, and to a user name there or in the reference itself. */
export const loginReference = withRules(
  z.strictObject({
    name: secretName,
    username: text({
      pattern: '^[^\\x00-\\x1f\\x7f]+$',
      maxLength: 1_024,
      message: 'must not be empty and must have no control characters, such as a line break',
    })
      .optional()
      .describe(
        'User name, if the Secret has only the password, such as the Secret of a Strimzi KafkaUser.',
      ),
    usernameKey: secretKey
      .optional()
      .describe('Key that holds the user name. Absent, without username: username.'),
    passwordKey: secretKey.default('password').describe('Key that holds the password.'),
  }),
  [
    {
      cel: '!(has(self.username) && has(self.usernameKey))',
      holds: ({ username, usernameKey }) => username === undefined || usernameKey === undefined,
      message:
        'username and usernameKey exclude each other: write the user name in username, or name its key in usernameKey',
    },
  ],
);

/** A reference to an OAuth client's id and secret. */
export const clientReference = z.strictObject({
  name: secretName,
  clientIdKey: secretKey.default('client-id').describe('Key that holds the client id.'),
  clientSecretKey: secretKey.default('client-secret').describe('Key that holds the client secret.'),
});

/** A reference to a PEM bundle of CA certificates. */
export const authoritiesReference = z.strictObject({
  name: secretName,
  key: secretKey.default('ca.crt').describe('Key that holds the PEM bundle.'),
});

/** A reference to a PEM bundle of CA certificates in a ConfigMap, such as those of trust-manager. */
export const authoritiesConfigMapReference = z.strictObject({
  name: text({
    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
    maxLength: 253,
    message: 'must be the name of a ConfigMap: lower case letters, digits, "-" and "."',
  }).describe('Name of a ConfigMap in the namespace of this resource.'),
  key: secretKey.default('ca.crt').describe('Key that holds the PEM bundle.'),
});

/** The message for CA certificates that are referred to twice. */
export const ONE_CA =
  'caSecretRef and caConfigMapRef exclude each other: put all CA certificates into one bundle';

/** A reference to a token. */
export const tokenReference = z.strictObject({
  name: secretName,
  key: secretKey.default('token').describe('Key that holds the token.'),
});

/** A reference to a certificate and its private key, as in Secrets of type kubernetes.io/tls. */
export const certificateReference = z.strictObject({
  name: secretName,
  certificateKey: secretKey
    .default('tls.crt')
    .describe(
      'Key that holds the PEM certificate, followed by its intermediate certificates if it has any.',
    ),
  privateKeyKey: secretKey
    .default('tls.key')
    .describe('Key that holds the PEM private key. The key must not have a pass phrase.'),
});

/** A parsed reference to a certificate and its private key. */
export type CertificateReference = z.infer<typeof certificateReference>;

/** A parsed reference to CA certificates, in a Secret or in a ConfigMap. */
export type AuthoritiesReference = z.infer<typeof authoritiesReference>;

/** A parsed reference to a user name and a password. */
export type LoginReference = z.infer<typeof loginReference>;
