import { readFile, stat } from 'node:fs/promises';
import { BROKER_MESSAGE, BROKER_PATTERN } from '../../exporter/contract/addresses.ts';
import type { ExporterConfig } from '../../exporter/contract/exporter-config.ts';
import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import { UsageError } from '../process/usage-error.ts';
import { SASL_PROPERTIES, saslOf } from './sasl-properties.ts';

/** How to connect to a Kafka cluster. `files` are contents by the names of `CREDENTIAL_FILES`, and secret. */
export interface KafkaLogin {
  readonly kafka: Pick<ExporterConfig['kafka'], 'endpoints' | 'sasl' | 'tls'>;
  readonly files: ReadonlyMap<string, string>;
}

const FILE_BYTES_MAX = 1_048_576;
const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
/** What is about security and not in this list changes what a connection does: it is refused, not ignored. */
const SECURITY = /^(?:sasl|ssl|security)\.|^enable\.ssl\./;
const KNOWN = [
  'security.protocol',
  ...SASL_PROPERTIES,
  'ssl.ca.location',
  'ssl.ca.pem',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.truststore.type',
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.key.location',
  'ssl.key.pem',
  'enable.ssl.certificate.verification',
];

/**
 * Reads how to connect from a properties file of librdkafka or of a Java client, and the files that it names. Settings that do not
 * concern the connection are ignored.
 *
 * @throws UsageError that says which setting must be what; never with a secret.
 */
export async function readClientProperties(
  file: string | undefined,
  brokers: readonly string[] | undefined,
): Promise<KafkaLogin> {
  const settings = file === undefined ? new Map<string, string>() : parse(await readSmall(file));
  const where = file ?? '--brokers';
  const unknown = [...settings.keys()].find((name) => SECURITY.test(name) && !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`${where}: ${unknown} is not supported; these are: ${KNOWN.join(', ')}`);
  }
  const listed = settings.get('bootstrap.servers') ?? settings.get('metadata.broker.list');
  const endpoints = [...(brokers ?? listed?.split(',').map((each) => each.trim()) ?? [])];
  if (endpoints.length === 0) {
    throw new UsageError(
      file === undefined
        ? 'the brokers are not known: name them with --brokers, or bootstrap.servers in a file for --config'
        : `${file}: bootstrap.servers is missing: add it, or name the brokers with --brokers`,
    );
  }
  const wrong = endpoints.find((each) => !new RegExp(BROKER_PATTERN).test(each));
  if (wrong !== undefined) throw new UsageError(`${where}: broker ${wrong}: ${BROKER_MESSAGE}`);
  const protocol = (settings.get('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  if (!PROTOCOLS.includes(protocol)) {
    throw new UsageError(`${where}: security.protocol must be one of ${PROTOCOLS.join(', ')}`);
  }
  const files = new Map<string, string>();
  return {
    kafka: {
      endpoints,
      ...(protocol.endsWith('SSL') ? { tls: await tlsOf(settings, where, files) } : {}),
      ...(protocol.startsWith('SASL') ? { sasl: saslOf(settings, where, files) } : {}),
    },
    files,
  };
}

type Settings = ReadonlyMap<string, string>;

/** `name=value` or `name: value` on each line; a backslash at its end continues a line (java.util.Properties). */
function parse(text: string): Settings {
  const lines = text.replaceAll(/\\\r?\n[ \t]*/g, '').split(/\r?\n/);
  const pairs = lines.flatMap((line): [string, string][] => {
    const [, name, value] = /^\s*([^#!=:\s]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return new Map(pairs);
}

async function tlsOf(
  settings: Settings,
  where: string,
  files: Map<string, string>,
): Promise<NonNullable<KafkaLogin['kafka']['tls']>> {
  const location = settings.get('ssl.truststore.location');
  if (location !== undefined && settings.get('ssl.truststore.type')?.toUpperCase() !== 'PEM') {
    throw new UsageError(
      `${where}: a trust store must have ssl.truststore.type=PEM: export its certificates, for example with keytool -exportcert -rfc`,
    );
  }
  const ca =
    inline(settings, 'ssl.ca.pem') ??
    inline(settings, 'ssl.truststore.certificates') ??
    (await readNamed(settings.get('ssl.ca.location') ?? location));
  const certificate =
    inline(settings, 'ssl.certificate.pem') ??
    (await readNamed(settings.get('ssl.certificate.location')));
  const key =
    inline(settings, 'ssl.key.pem') ?? (await readNamed(settings.get('ssl.key.location')));
  if ((certificate === undefined) !== (key === undefined)) {
    throw new UsageError(
      `${where}: a client certificate needs both ssl.certificate.location and ssl.key.location`,
    );
  }
  if (ca !== undefined) files.set(CREDENTIAL_FILES.kafkaCa, ca);
  if (certificate !== undefined) files.set(CREDENTIAL_FILES.kafkaClientCertificate, certificate);
  if (key !== undefined) files.set(CREDENTIAL_FILES.kafkaClientKey, key);
  const verification = settings.get('enable.ssl.certificate.verification') ?? 'true';
  return {
    privateCa: ca !== undefined,
    clientCertificate: certificate !== undefined,
    insecureSkipVerify: verification.toLowerCase() === 'false',
  };
}

function inline(settings: Settings, name: string): string | undefined {
  return settings.get(name)?.replaceAll('\\n', '\n');
}

async function readNamed(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readSmall(file);
}

async function readSmall(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${why}`, { cause: error });
  }
}
