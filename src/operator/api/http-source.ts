import { z } from 'zod';
import { withRules } from './fields.ts';
import { authoritiesReference, certificateReference, tokenReference } from './secret-references.ts';

const MIB = 1_048_576;
/** Memory that decoding a body of zstd may take. */
const DECODER_BYTES = 4 * MIB;

const tls = z.strictObject({
  certificateSecretRef: certificateReference.describe('Certificate that the push server shows.'),
  clientCaSecretRef: authoritiesReference
    .optional()
    .describe('Authorities: clients must show a certificate that one of them has signed.'),
});

/** `spec.source.http`: clients push records to the exporter. */
export const httpSource = withRules(
  z.strictObject({
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(8_081)
      .describe('Port of the push server and of its Service.'),
    bearerTokenSecretRef: tokenReference
      .optional()
      .describe('Token that clients must show as "Authorization: Bearer TOKEN".'),
    tls: tls.optional().describe('How connections are encrypted; absent: they are not.'),
    maxBodyBytes: z
      .int()
      .min(1_024)
      .max(1_024 * MIB)
      .default(16 * MIB)
      .describe('Largest body of a request, as sent and as decoded; a larger one is answered 413.'),
    maxLineBytes: z
      .int()
      .min(1_024)
      .max(100 * MIB)
      .default(MIB)
      .describe('Longest line of a body; a longer one is rejected, and the others are taken.'),
    maxBufferedBytes: z
      .int()
      .min(1_024)
      .max(8_192 * MIB)
      .default(64 * MIB)
      .describe(
        'Bodies that a pod holds at once; what comes beyond is answered 503. A pod needs some four times as much memory.',
      ),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default('Asia/Shanghai')
      .describe(
        "Zone of times that come as text without an offset; the default is that of DeepFlow's tables.",
      ),
    organizationId: z
      .int()
      .min(1)
      .max(1_024)
      .default(1)
      .describe("Number of DeepFlow's organisation that the records name in org_id."),
  }),
  [
    {
      cel: 'self.port != 8080',
      holds: ({ port }) => port !== 8_080,
      message: 'port 8080 has the probes, metrics and status: choose another one, such as 8081',
    },
    {
      cel: 'self.maxLineBytes <= self.maxBodyBytes',
      holds: ({ maxLineBytes, maxBodyBytes }) => maxLineBytes <= maxBodyBytes,
      message: 'maxLineBytes must not exceed maxBodyBytes: lower it or raise maxBodyBytes',
    },
    {
      cel: `self.maxBodyBytes + ${DECODER_BYTES} <= self.maxBufferedBytes`,
      holds: ({ maxBodyBytes, maxBufferedBytes }) =>
        maxBodyBytes + DECODER_BYTES <= maxBufferedBytes,
      message: `maxBufferedBytes must have room for one body and what decodes it: raise it to maxBodyBytes + ${DECODER_BYTES} or lower maxBodyBytes`,
    },
  ],
);

/** A parsed section `spec.source.http`. */
export type HttpSource = z.infer<typeof httpSource>;
