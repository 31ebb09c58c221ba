import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { z } from 'zod';

/** A client that a token endpoint knows. */
interface Client {
  readonly id: string;
  readonly secret: string;
}

/** An answer of the endpoint in place of the right one. */
interface OddAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until it comes. */
  readonly delayMs?: number;
}

/** What the endpoint does from now on; a test changes it. */
export interface TokenEndpointBehaviour {
  client: Client;
  /** How clients must send id and secret. Another way is refused. */
  login: 'Basic' | 'Form';
  lifetimeSeconds: number;
  /** Claims in place of the right ones. */
  claims: Readonly<Record<string, unknown>>;
  odd: OddAnswer | undefined;
  /** Whether tokens are signed by a key that is not among `keysUrl`'s. */
  forges: boolean;
}

/** A running token endpoint. */
export interface TokenEndpoint {
  readonly url: string;
  /** Its public keys, a JSON Web Key Set. */
  readonly keysUrl: string;
  readonly behaviour: TokenEndpointBehaviour;
  /** Forms that were posted so far. */
  readonly forms: readonly Readonly<Record<string, string>>[];
  stop(): Promise<void>;
}

const KEY_ID = 'harness';
const MS = 1_000;

/**
 * Starts an OAuth token endpoint on 127.0.0.1 that answers the client-credentials grant (RFC 6749 section 4.4) with
 * signed tokens (RFC 7519) for the audience `kafka`, whose subject is the client's id.
 *
 * @param tls PEM key and certificate, to answer over https.
 */
export async function startTokenEndpoint(
  client: Client,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TokenEndpoint> {
  const behaviour: TokenEndpointBehaviour = {
    client,
    login: 'Basic',
    lifetimeSeconds: 3_600,
    claims: {},
    odd: undefined,
    forges: false,
  };
  const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = {
    ...pair.publicKey.export({ format: 'jwk' }),
    kid: KEY_ID,
    use: 'sig',
    alg: 'RS256',
  };
  const forms: Readonly<Record<string, string>>[] = [];
  const token = (): string => {
    const nowSeconds = Math.floor(Date.now() / MS);
    const claims = {
      sub: behaviour.client.id,
      aud: 'kafka',
      iss: 'harness',
      iat: nowSeconds,
      exp: nowSeconds + behaviour.lifetimeSeconds,
      ...behaviour.claims,
    };
    const signed = [{ alg: 'RS256', kid: KEY_ID }, claims].map(encoded).join('.');
    const key = behaviour.forges ? stranger.privateKey : pair.privateKey;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
  };
  const answer = (
    authorization: string,
    form: Readonly<Record<string, string>>,
  ): { status: number; body: unknown } => {
    const { id, secret } = behaviour.client;
    const isRight =
      behaviour.login === 'Basic'
        ? authorization === `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`
        : authorization === '' && form['client_id'] === id && form['client_secret'] === secret;
    if (!isRight) {
      const description = `bad login: ${authorization}; it is not ${secret}`;
      return { status: 401, body: { error: 'invalid_client', error_description: description } };
    }
    const expires = { expires_in: behaviour.lifetimeSeconds };
    return { status: 200, body: { access_token: token(), token_type: 'Bearer', ...expires } };
  };
  const listener: RequestListener = (request, response) => {
    const json = { 'Content-Type': 'application/json' };
    if (request.method === 'GET') {
      response.writeHead(200, json).end(JSON.stringify({ keys: [jwk] }));
      return;
    }
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString()));
    request.once('end', () => {
      const fields = Object.fromEntries(new URLSearchParams(form));
      forms.push(fields);
      const right = answer(request.headers.authorization ?? '', fields);
      const { body, delayMs = 0, headers = json, status = right.status } = behaviour.odd ?? {};
      setTimeout(() => {
        response.writeHead(status, headers).end(body ?? JSON.stringify(right.body));
      }, delayMs);
    });
  };
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return {
    url: `${origin}/token`,
    keysUrl: `${origin}/keys`,
    behaviour,
    forms,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function formEncoded(text: string): string {
  return new URLSearchParams([[text, '']]).toString().slice(0, -1);
}
