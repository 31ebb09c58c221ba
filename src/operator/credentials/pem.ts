import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** What is wrong with a PEM bundle of certificates, as the end of a sentence; undefined: nothing. */
export function certificatesProblem(bytes: Buffer): string | undefined {
  const blocks = bytes.toString('latin1').match(CERTIFICATE);
  if (blocks === null) return 'holds no PEM certificate';
  const broken = blocks.findIndex((block) => parseCertificate(block) === undefined);
  return broken === -1 ? undefined : `is broken in its certificate number ${broken + 1}`;
}

/** What is wrong with a PEM private key, as the end of a sentence; undefined: nothing. */
export function privateKeyProblem(bytes: Buffer): string | undefined {
  return parseKey(bytes) === undefined
    ? 'holds no PEM private key that opens without a pass phrase'
    : undefined;
}

/** Whether a private key belongs to the first certificate of a PEM chain; undefined: it does. */
export function pairProblem(chain: Buffer, key: Buffer): string | undefined {
  const [first] = chain.toString('latin1').match(CERTIFICATE) ?? [];
  const certificate = first === undefined ? undefined : parseCertificate(first);
  const privateKey = parseKey(key);
  return certificate !== undefined &&
    privateKey !== undefined &&
    certificate.checkPrivateKey(privateKey)
    ? undefined
    : 'the private key does not belong to the certificate';
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // node:crypto tells a broken certificate by throwing; it is the caller's value to report.
    return undefined;
  }
}

function parseKey(bytes: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(bytes);
  } catch {
    // As above; the error may quote the input, so it must not travel further.
    return undefined;
  }
}
