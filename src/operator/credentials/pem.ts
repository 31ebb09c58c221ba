import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** What is wrong with a PEM bundle of certificates, as the end of a sentence; undefined: nothing. */
export function certificatesProblem(bytes: Buffer): string | undefined {
  const blocks = bytes.toString('latin1').match(CERTIFICATE);
  if (blocks === null) return keyStoreProblem(bytes) ?? 'contains no PEM certificate';
  const broken = blocks.findIndex((block) => parseCertificate(block) === undefined);
  return broken === -1 ? undefined : `has a broken certificate: number ${broken + 1}`;
}

/** What is wrong with a PEM private key, as the end of a sentence; undefined: nothing. */
export function privateKeyProblem(bytes: Buffer): string | undefined {
  return parseKey(bytes) === undefined
    ? (keyStoreProblem(bytes) ?? 'contains no PEM private key without a pass phrase')
    : undefined;
}

/** A DER sequence that begins with version 3, as RFC 7292 section 4 has it. */
const PKCS12 = /^\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03/s;
/** The first bytes of Java's own formats, JKS and JCEKS. */
const JAVA_KEY_STORE = /^(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)/;

function keyStoreProblem(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 16).toString('latin1');
  if (PKCS12.test(start)) return 'is a PKCS#12 key store, but must be PEM';
  return JAVA_KEY_STORE.test(start) ? 'is a Java key store, but must be PEM' : undefined;
}

/** What is wrong if a private key does not belong to the first certificate of a PEM chain; undefined: it belongs to it. */
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
    // node:crypto throws on a broken certificate. The caller reports it.
    return undefined;
  }
}

function parseKey(bytes: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(bytes);
  } catch {
    // The error may quote the key, so it must not be passed on.
    return undefined;
  }
}
