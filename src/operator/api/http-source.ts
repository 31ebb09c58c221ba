import { z } from 'zod';
import { withRules } from './fields.ts';
import {
  authoritiesConfigMapReference,
  authoritiesReference,
  certificateReference,
  tokenReference,
} from './secret-references.ts';

const MIB = 1_048_576;
/** Memory that the decoder of a zstd body may use. */
const DECODER_BYTES = 4 * MIB;

const tls = withRules(
  z.strictObject({
    certificateSecretRef: certificateReference.describe('Certificate of the push server.'),
    clientCaSecretRef: authoritiesReference
      .optional()
      .describe(
        'CA certificates. Clients must present a certificate that one of these CAs has signed.',
      ),
    clientCaConfigMapRef: authoritiesConfigMapReference
      .optional()
      .describe('The same CA certificates in a ConfigMap, instead of clientCaSecretRef.'),
  }),
  [
    {
      cel: '!(has(self.clientCaSecretRef) && has(self.clientCaConfigMapRef))',
      holds: ({ clientCaConfigMapRef, clientCaSecretRef }) =>
        clientCaSecretRef === undefined || clientCaConfigMapRef === undefined,
      message:
        'clientCaSecretRef and clientCaConfigMapRef exclude each other: put all CA certificates into one bundle',
    },
  ],
);

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
      .describe('Token that clients must send as "Authorization: Bearer TOKEN".'),
    allowAnonymous: z
      .boolean()
      .default(false)
      .describe(
        'Accept pushes from every client that reaches the port, with neither a token nor a client certificate.',
      ),
    tls: tls
      .optional()
      .describe('TLS options of connections. Absent: connections are not encrypted.'),
    maxBodyBytes: z
      .int()
      .min(1_024)
      .max(1_024 * MIB)
      .default(16 * MIB)
      .describe(
        'Largest body of a request, both as sent and as decoded. A larger body is answered with 413.',
      ),
    maxLineBytes: z
      .int()
      .min(1_024)
      .max(100 * MIB)
      .default(MIB)
      .describe('Longest line of a body. Longer lines are rejected, other lines are accepted.'),
    maxBufferedBytes: z
      .int()
      .min(1_024)
      .max(8_192 * MIB)
      .default(64 * MIB)
      .describe(
        'Bytes of bodies that a pod holds at the same time. Requests above this limit are answered with 503. A pod needs about four times as much memory.',
      ),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default('Asia/Shanghai')
      .describe(
        "Time zone of times that are text without an offset. The default is the time zone of DeepFlow's tables.",
      ),
    organizationId: z
      .int()
      .min(1)
      .max(1_024)
      .default(1)
      .describe('Number of the DeepFlow organisation that the records have in org_id.'),
  }),
  [
    {
      cel: 'self.allowAnonymous || has(self.bearerTokenSecretRef) || (has(self.tls) && (has(self.tls.clientCaSecretRef) || has(self.tls.clientCaConfigMapRef)))',
      holds: ({ allowAnonymous, bearerTokenSecretRef, tls: encrypted }) =>
        allowAnonymous ||
        bearerTokenSecretRef !== undefined ||
        encrypted?.clientCaSecretRef !== undefined ||
        encrypted?.clientCaConfigMapRef !== undefined,
      message:
        'every client that reaches the port could push records: set bearerTokenSecretRef or tls.clientCaSecretRef, or allowAnonymous: true if this is intended',
    },
    {
      cel: 'self.port != 8080',
      holds: ({ port }) => port !== 8_080,
      message: 'port 8080 serves probes, metrics and status: choose another one, such as 8081',
    },
    {
      cel: 'self.maxLineBytes <= self.maxBodyBytes',
      holds: ({ maxLineBytes, maxBodyBytes }) => maxLineBytes <= maxBodyBytes,
      message:
        'maxLineBytes must not exceed maxBodyBytes: decrease maxLineBytes or increase maxBodyBytes',
    },
    {
      cel: `self.maxBodyBytes + ${DECODER_BYTES} <= self.maxBufferedBytes`,
      holds: ({ maxBodyBytes, maxBufferedBytes }) =>
        maxBodyBytes + DECODER_BYTES <= maxBufferedBytes,
      message: `maxBufferedBytes must have room for one body and its decoder: increase it to maxBodyBytes + ${DECODER_BYTES} or decrease maxBodyBytes`,
    },
  ],
);

/** A parsed section `spec.source.http`. */
export type HttpSource = z.infer<typeof httpSource>;
