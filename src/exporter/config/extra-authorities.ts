import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { CredentialStore } from './credential-store.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Makes this process trust the CAs of `extraCa` in addition to the system's, and follows their changes. This concerns every new
 * connection for which no CAs are given. A connection whose CAs are given trusts only those.
 */
export function trustExtraAuthorities(
  credentials: Pick<CredentialStore, 'current' | 'onChange'>,
): void {
  let trusted: string | undefined;
  let system: readonly string[] | undefined;
  const follow = (): void => {
    const { extraCa } = credentials.current();
    if (extraCa === trusted) return;
    trusted = extraCa;
    system ??= getCACertificates('default');
    setDefaultCACertificates([...system, ...(extraCa?.match(CERTIFICATE) ?? [])]);
  };
  follow();
  credentials.onChange(follow);
}
