import { z } from 'zod';
import { withRules } from './fields.ts';
import {
  authoritiesConfigMapReference,
  authoritiesReference,
  certificateReference,
  ONE_CA,
} from './secret-references.ts';

/** TLS options of connections to Kafka's brokers or to ClickHouse. */
export const clientTls = withRules(
  z.strictObject({
    caSecretRef: authoritiesReference
      .optional()
      .describe(
        "CA certificates that the servers' certificates are checked against. Absent: the system's CA certificates.",
      ),
    caConfigMapRef: authoritiesConfigMapReference
      .optional()
      .describe('The same CA certificates in a ConfigMap, instead of caSecretRef.'),
    clientCertificateSecretRef: certificateReference
      .optional()
      .describe('Client certificate, for servers that require one.'),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("Name expected in the servers' certificates. Absent: each server's host name."),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .describe("True: the servers' certificates are not checked. For tests only."),
  }),
  [
    {
      cel: '!(has(self.caSecretRef) && has(self.caConfigMapRef))',
      holds: ({ caConfigMapRef, caSecretRef }) =>
        caSecretRef === undefined || caConfigMapRef === undefined,
      message: ONE_CA,
    },
    {
      cel: '!(self.insecureSkipVerify && has(self.caSecretRef))',
      holds: (value) => !(value.insecureSkipVerify && value.caSecretRef !== undefined),
      message: 'insecureSkipVerify ignores caSecretRef: remove one of the two',
    },
    {
      cel: '!(self.insecureSkipVerify && has(self.caConfigMapRef))',
      holds: (value) => !(value.insecureSkipVerify && value.caConfigMapRef !== undefined),
      message: 'insecureSkipVerify ignores caConfigMapRef: remove one of the two',
    },
    {
      cel: '!(self.insecureSkipVerify && has(self.serverName))',
      holds: (value) => !(value.insecureSkipVerify && value.serverName !== undefined),
      message: 'insecureSkipVerify ignores serverName: remove one of the two',
    },
  ],
);
