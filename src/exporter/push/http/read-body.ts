import type { IncomingMessage } from 'node:http';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { unreachable } from '../../../lib/assert.ts';

/** The supported codings of a body (RFC 9110 section 8.4.1, RFC 8878). */
export const ENCODINGS = ['identity', 'gzip', 'zstd'] as const;

/** A coding of a body. */
export type Encoding = (typeof ENCODINGS)[number];

/** Why a body is rejected: the status of the answer, and a message for the client. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 503;

  constructor(status: BodyError['status'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'BodyError';
    this.status = status;
  }
}

/** Where a decoded body goes. */
export interface BodySink {
  /** The most bytes of a body, as sent. */
  readonly maxBytes: number;
  /** @throws BodyError when the body has too many bytes. */
  readonly push: (piece: Buffer) => void;
}

/**
 * A decoder needs as much memory as the body requests. Up to about level 9, the zstd tool uses a
 * window of 4 MiB.
 */
const ZSTD_WINDOW_LOG_MAX = 22;

/** The memory that decoding needs, in addition to the decoded bytes. */
export const DECODER_BYTES: Readonly<Record<Encoding, number>> = {
  identity: 0,
  gzip: 65_536,
  zstd: 2 ** ZSTD_WINDOW_LOG_MAX,
};

/**
 * Reads and decodes a body piece by piece.
 *
 * @throws BodyError when the body is invalid or too large, and the errors of the sink. Any other
 *   error when the connection ends.
 */
export async function readBody(
  request: IncomingMessage,
  encoding: Encoding,
  sink: BodySink,
): Promise<void> {
  const decoder = decoderOf(encoding);
  const pieces = limited(request, sink.maxBytes);
  if (decoder === undefined) {
    await pushAll(pieces, sink);
    return;
  }
  const decoded = pushAll(decoder, sink);
  const fed = feed(decoder, pieces);
  try {
    // When decoding fails, answer at once: the client may not send the rest of the body first.
    await Promise.all([decoded, fed]);
  } catch (error) {
    fed.catch(() => undefined);
    decoder.destroy();
    if (isCode(error, /^(Z_|ZSTD_)/)) throw brokenBody(encoding, error);
    throw error;
  }
  if (decoder.bytesWritten !== (await fed)) throw trailing(encoding);
}

async function pushAll(pieces: AsyncIterable<Buffer>, sink: BodySink): Promise<void> {
  for await (const piece of pieces) sink.push(piece);
}

/** The pieces of a body. It keeps the request open when reading ends early, so that it can still be answered. */
async function* limited(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  const pieces: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

/**
 * Writes the pieces of a body into a decoder, and returns how many bytes they have. What comes after
 * the decoder has ended or failed is discarded, so that the connection can have a next request.
 */
async function feed(decoder: Decoder, pieces: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (!decoder.destroyed && !decoder.write(piece)) await untilWritable(decoder);
  }
  if (!decoder.destroyed) decoder.end();
  return bytes;
}

function untilWritable(decoder: Decoder): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      decoder.off('drain', done);
      decoder.off('close', done);
      resolve();
    };
    decoder.on('drain', done);
    decoder.on('close', done);
  });
}

/** The error for a body of more than `maxBytes` bytes. */
export function tooLarge(maxBytes: number): BodyError {
  return new BodyError(
    413,
    `a body must not have more than ${maxBytes} bytes (spec.source.http.maxBodyBytes): send fewer lines at once`,
  );
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

function decoderOf(encoding: Encoding): Decoder | undefined {
  switch (encoding) {
    case 'identity':
      return undefined;
    case 'gzip':
      return createGunzip();
    case 'zstd':
      return createZstdDecompress({
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      });
    default:
      return unreachable(encoding);
  }
}

/** True for an error of Node's decoders or streams whose code matches. */
function isCode(error: unknown, code: RegExp): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    code.test(error.code)
  );
}

function trailing(encoding: Encoding): BodyError {
  return new BodyError(
    400,
    `there are bytes after the end of the ${encoding} body: send one gzip stream or one zstd frame`,
  );
}

function brokenBody(encoding: Encoding, error: Error & { readonly code: string }): BodyError {
  if (error.code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return new BodyError(
      400,
      `the body needs a zstd window of more than ${2 ** ZSTD_WINDOW_LOG_MAX} bytes: compress it with level 9 or lower, without --long`,
      error,
    );
  }
  return new BodyError(400, `the body is not valid ${encoding}: ${error.message}`, error);
}
