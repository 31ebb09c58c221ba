import { z } from 'zod';
import { text } from './fields.ts';

const secretName = text({
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
  maxLength: 253,
  message: 'must be the name of a Secret: lower case letters, digits, "-" and "."',
}).describe('Name of a Secret in the namespace of this resource.');

const secretKey = text({
  pattern: '^[-._a-zA-Z0-9]+$',
  maxLength: 253,
  message: 'must be a key of a Secret: letters, digits, "-", "_" and "."',
});

/** A reference to a user name and a password in one Secret of the resource's namespace. */
export const loginReference = z.strictObject({
  name: secretName,
  usernameKey: secretKey.default('username').describe('Key that holds the user name.'),
  passwordKey: secretKey.default('password').describe('Key that holds the password.'),
});

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

/** A parsed reference to a user name and a password. */
export type LoginReference = z.infer<typeof loginReference>;
