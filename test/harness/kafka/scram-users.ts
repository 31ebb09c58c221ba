import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import Connection from 'kafkajs/src/network/connection.js';
import { SILENT } from '../../../src/exporter/kafka/session/cluster.ts';
import { openSocket } from '../../../src/exporter/kafka/session/open-socket.ts';
import { HarnessError } from '../harness-error.ts';

/** A mechanism of SCRAM, as Kafka names it. */
export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

const API_KEY = 51;
const MECHANISMS = {
  'SCRAM-SHA-256': { type: 1, digest: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { type: 2, digest: 'sha512', bytes: 64 },
} as const;
/** The least that brokers take. */
const ITERATIONS = 4_096;
const SALT_BYTES = 16;
/** A machine that starts several brokers at once answers late. */
const TIMEOUT_MS = 60_000;
/** There are no tagged fields (KIP-482). */
const NO_TAGS = Buffer.of(0);
const EMPTY = Buffer.of(1);
const deriveKey = promisify(pbkdf2);

/**
 * Creates a user or changes its password at a listener without a login (KIP-554: AlterUserScramCredentials), in milliseconds:
 * a JVM of Kafka's own tool takes seconds of a machine that does other work.
 *
 * @throws HarnessError in the broker's words.
 */
export async function setScramPassword(
  bootstrap: string,
  user: { readonly username: string; readonly password: string },
  mechanism: ScramMechanism,
): Promise<void> {
  const { type, digest, bytes } = MECHANISMS[mechanism];
  const salt = randomBytes(SALT_BYTES);
  const salted = await deriveKey(user.password, salt, ITERATIONS, bytes, digest);
  const head = Buffer.alloc(5);
  head.writeInt8(type, 0);
  head.writeInt32BE(ITERATIONS, 1);
  const change = [
    compact(Buffer.from(user.username)),
    head,
    compact(salt),
    compact(salted),
    NO_TAGS,
  ];
  const [host = '', port = ''] = bootstrap.split(',')[0]?.split(':') ?? [];
  const answer = await send(
    { host, port: Number(port) },
    Buffer.concat([NO_TAGS, EMPTY, Buffer.of(2), ...change, NO_TAGS]),
  );
  const { code, message } = readResult(answer);
  if (code !== 0)
    throw new HarnessError(`Kafka does not change ${user.username}: ${code} ${message}`);
}

/** Up to 126 bytes behind their length and one, as an unsigned varint of one byte. */
function compact(bytes: Buffer): Buffer {
  if (bytes.length > 126) throw new HarnessError('Users of tests have shorter names.');
  return Buffer.concat([Buffer.of(bytes.length + 1), bytes]);
}

async function send(
  at: { readonly host: string; readonly port: number },
  request: Buffer,
): Promise<Buffer> {
  const connection = new Connection({
    ...at,
    logger: SILENT,
    socketFactory: openSocket,
    requestTimeout: TIMEOUT_MS,
    connectionTimeout: TIMEOUT_MS,
    enforceRequestTimeout: true,
  });
  // kafkajs takes for an encoder what has `buf`.
  const payload = { buf: request, buffer: request, size: () => request.length };
  await connection.connect();
  try {
    return await connection.send({
      request: {
        apiKey: API_KEY,
        apiVersion: 0,
        apiName: 'AlterUserScramCredentials',
        encode: () => Promise.resolve(payload),
      },
      response: {
        decode: (payload) => Promise.resolve(payload),
        parse: (payload) => Promise.resolve(payload),
      },
    });
  } finally {
    await connection.disconnect();
  }
}

/** The result for the only user: behind the tags of the header, the throttle time, the count and the name. */
function readResult(answer: Buffer): { readonly code: number; readonly message: string } {
  const name = 1 + 4 + 1;
  const at = name + answer.readUInt8(name);
  return { code: answer.readInt16BE(at), message: answer.subarray(at + 3).toString() };
}
