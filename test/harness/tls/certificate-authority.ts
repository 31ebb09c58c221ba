import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireDebianPackages } from '../commands/debian-packages.ts';
import { runCommand } from '../commands/run-command.ts';

/** What a certificate says. */
export interface CertificateRequest {
  /** Names the files `<name>.crt` and `<name>.key` in the authority's folder. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly hostNames: readonly string[];
  /** So long it is valid from now on; it has expired where that is negative. As long as the authority by default. */
  readonly days?: number;
}

export interface IssuedCertificate {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** The unencrypted PKCS#8 key followed by the certificate, as Kafka's PEM key store wants them. */
  readonly pem: string;
}

export interface CertificateAuthority {
  readonly caPath: string;
  readonly caPem: string;
  /** Its private key: PKCS#8 in PEM. */
  readonly keyPem: string;
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

const VALID_DAYS = 30;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

/** Makes a certificate authority in an existing folder with openssl. It is valid for 30 days. */
export async function createCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  const openssl = { name: 'openssl', provides: 'openssl' };
  await requireDebianPackages([openssl], 'set the TEST_ variables to use parts of your own.');
  const caPath = join(folder, 'ca.crt');
  const caKeyPath = join(folder, 'ca.key');
  const subject = ['-subj', '/CN=harness-ca'];
  const files = ['-keyout', caKeyPath, '-out', caPath];
  const days = ['-days', String(VALID_DAYS)];
  await runCommand('openssl', ['req', '-x509', ...newKey, ...days, ...subject, ...files]);
  return {
    caPath,
    caPem: await readFile(caPath, 'utf8'),
    keyPem: await readFile(caKeyPath, 'utf8'),
    issue: (request) => issue(request, { folder, caPath, caKeyPath }),
  };
}

async function issue(
  request: CertificateRequest,
  authority: { folder: string; caPath: string; caKeyPath: string },
): Promise<IssuedCertificate> {
  const file = (extension: string): string =>
    join(authority.folder, `${request.name}.${extension}`);
  const names = [
    ...request.addresses.map((address) => `IP:${address}`),
    ...request.hostNames.map((host) => `DNS:${host}`),
  ];
  await writeFile(
    file('ext'),
    `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  const subject = ['-subj', `/CN=${request.name}`];
  await runCommand('openssl', [
    'req',
    '-new',
    ...newKey,
    ...subject,
    '-keyout',
    file('key'),
    '-out',
    file('csr'),
  ]);
  const signer = ['-CA', authority.caPath, '-CAkey', authority.caKeyPath, '-CAcreateserial'];
  const output = ['-extfile', file('ext'), '-out', file('crt')];
  const days = ['-days', String(request.days ?? VALID_DAYS)];
  await runCommand('openssl', ['x509', '-req', '-in', file('csr'), ...signer, ...days, ...output]);
  return {
    certificatePath: file('crt'),
    keyPath: file('key'),
    pem: `${await readFile(file('key'), 'utf8')}${await readFile(file('crt'), 'utf8')}`,
  };
}
