import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { z } from 'zod';
import type { Encoding } from '../../../src/exporter/push/http/read-body.ts';

const answerSchema = z.looseObject({
  error: z.string().optional(),
  accepted: z.int().optional(),
  filtered: z.int().optional(),
  rejected: z.array(z.object({ line: z.int(), reason: z.string() })).optional(),
  rejectedTotal: z.int().optional(),
});

/** What a push server answered. */
export interface ClientAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: z.infer<typeof answerSchema>;
}

const encoders: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  identity: (body) => Promise.resolve(body),
  gzip: promisify(gzip),
  zstd: promisify(zstdCompress),
};

/** Pushes lines to a server on this machine. */
export async function push(
  port: number,
  dataSource: string,
  lines: readonly string[],
  options: {
    readonly encoding?: Encoding;
    readonly token?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<ClientAnswer> {
  const { encoding = 'identity', token, signal = null } = options;
  const response = await fetch(`http://127.0.0.1:${port}/v1/records/${dataSource}`, {
    method: 'POST',
    signal,
    headers: {
      'content-encoding': encoding,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: new Uint8Array(await encoders[encoding](Buffer.from(lines.join('\n')))),
  });
  const { status, headers } = response;
  return { status, headers, body: answerSchema.parse(await response.json()) };
}
