import type { TokenSource } from './token-source.ts';

/**
 * The function that kafkajs passes to a mechanism: it exchanges one pair of length-prefixed
 * messages.
 */
interface Exchange {
  readonly saslAuthenticate: (step: {
    readonly request: { encode(): Promise<Buffer> };
    readonly response: {
      decode(bytes: Buffer): Promise<Buffer>;
      parse(bytes: Buffer): Promise<Buffer>;
    };
  }) => Promise<Buffer>;
}

const LENGTH_BYTES = 4;
/**
 * The message that ends an exchange in which the broker has refused the token (RFC 7628 section
 * 3.2.3).
 */
const GIVE_UP = '\u0001';

/**
 * The mechanism OAUTHBEARER (RFC 7628) for kafkajs. kafkajs's own implementation treats a refused
 * token as accepted: a broker first answers with a message that contains the reason, and fails the
 * login only at the next message.
 *
 * @param extensions what the brokers want to know in addition to the token (RFC 7628 section 3.1).
 */
export function bearerLogin(
  token: TokenSource,
  extensions: Readonly<Record<string, string>> = {},
): (exchange: Exchange) => { authenticate(): Promise<void> } {
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      const say = async (message: string): Promise<Buffer> =>
        saslAuthenticate({
          request: { encode: () => Promise.resolve(withLength(message)) },
          response: {
            decode: (bytes) => Promise.resolve(bytes),
            parse: (bytes) => Promise.resolve(bytes),
          },
        });
      const pairs = Object.entries({ auth: `Bearer ${await token()}`, ...extensions });
      const message = pairs.map(([name, value]) => `${name}=${value}\u0001`).join('');
      const answer = await say(`n,,\u0001${message}\u0001`);
      if (answer.length > LENGTH_BYTES) await say(GIVE_UP);
    },
  });
}

function withLength(message: string): Buffer {
  const bytes = Buffer.from(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
