import { z } from 'zod';
import { withRules } from './fields.ts';
import { authoritiesReference, certificateReference } from './secret-references.ts';

/** How connections to Kafka's brokers or to ClickHouse are encrypted. */
export const clientTls = withRules(
  z.strictObject({
    caSecretRef: authoritiesReference
      .optional()
      .describe("Authorities that sign the servers' certificates; absent: those of the system."),
    clientCertificateSecretRef: certificateReference
      .optional()
      .describe('Client certificate, for servers that ask for one.'),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("Name expected in the servers' certificates; absent: each server's host name."),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .describe("True: the servers' certificates are not checked. For tests only."),
  }),
  [
    {
      cel: '!(self.insecureSkipVerify && has(self.caSecretRef))',
      holds: (value) => !(value.insecureSkipVerify && value.caSecretRef !== undefined),
      message: 'insecureSkipVerify ignores caSecretRef: remove one of the two',
    },
    {
      cel: '!(self.insecureSkipVerify && has(self.serverName))',
      holds: (value) => !(value.insecureSkipVerify && value.serverName !== undefined),
      message: 'insecureSkipVerify ignores serverName: remove one of the two',
    },
  ],
);
