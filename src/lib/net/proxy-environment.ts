import { isHttpUrl } from './http-url.ts';

/** The variables that name HTTP proxies, in the form that Node's agents take. Absent: no proxy. */
export interface ProxyEnvironment {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY?: string;
}

/**
 * Picks the proxies out of an environment. Names in lower case have precedence, as in curl.
 *
 * @throws Error when a proxy is not an HTTP URL. The message does not have the value, because it may contain a password.
 */
export function proxyEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ProxyEnvironment {
  const valueOf = (name: string): string => {
    const lower = environment[name.toLowerCase()] ?? '';
    return lower === '' ? (environment[name] ?? '') : lower;
  };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
    const value = valueOf(name);
    if (value !== '' && !isHttpUrl(value)) {
      throw new Error(`the variable ${name} must be the URL of a proxy, http://HOST:PORT`);
    }
  }
  const found = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => {
    const value = valueOf(name);
    return value === '' ? [] : [[name, name === 'NO_PROXY' ? withRanges(value) : value] as const];
  });
  return Object.fromEntries(found);
}

/** A list of hosts in which networks (10.0.0.0/8) are ranges of addresses (10.0.0.0-10.255.255.255), as Node has them. */
function withRanges(list: string): string {
  return list
    .split(',')
    .map((entry) => rangeOf(entry.trim()) ?? entry.trim())
    .join(',');
}

const BYTE = 256;
const ADDRESS_BITS = 32;

function rangeOf(entry: string): string | undefined {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(entry) ?? [];
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => byte >= BYTE)) return undefined;
  if (Number(bits) > ADDRESS_BITS) return undefined;
  const size = 2 ** (ADDRESS_BITS - Number(bits));
  const number = bytes.reduce((sum, byte) => sum * BYTE + byte, 0);
  const first = Math.floor(number / size) * size;
  return `${dotted(first)}-${dotted(first + size - 1)}`;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % BYTE).join('.');
}
