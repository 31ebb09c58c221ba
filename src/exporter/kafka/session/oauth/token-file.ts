import { readFile } from 'node:fs/promises';
import { TokenError } from '../../errors/token-error.ts';
import { BEARER_TOKEN } from './bearer-token.ts';

/**
 * Reads a token from a file. It is read for each login and not kept: the kubelet replaces the service-account token of a pod long
 * before it expires.
 *
 * @throws TokenError when the file cannot be read or has no token.
 */
export async function readTokenFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const detail = typeof code === 'string' ? code : 'the file cannot be read';
    throw new TokenError({ reason: 'CredentialsUnreadable', detail }, error);
  });
  const token = text.trim();
  if (BEARER_TOKEN.test(token)) return token;
  throw new TokenError({ reason: 'CredentialsUnreadable', detail: 'the file has no token' });
}
