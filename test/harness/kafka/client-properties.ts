import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HarnessError } from '../harness-error.ts';

/** What kafkajs needs of a Java client's properties file. */
export interface ClientProperties {
  readonly tls: boolean;
  /** The authorities in PEM; empty for those of the system. */
  readonly caPem: string;
  readonly sasl: { mechanism: Mechanism; username: string; password: string } | undefined;
}

type Mechanism = z.infer<typeof mechanismSchema>;

const mechanismSchema = z.enum(['plain', 'scram-sha-256', 'scram-sha-512']);

/**
 * Reads `security.protocol`, `sasl.mechanism`, `sasl.jaas.config` and a PEM trust store from a Java client's
 * properties file. Throws one sentence when it asks for something else, such as a JKS trust store.
 */
export async function readClientProperties(path: string): Promise<ClientProperties> {
  const properties = parseProperties(await readFile(path, 'utf8'));
  const protocol = properties.get('security.protocol') ?? 'PLAINTEXT';
  return {
    tls: protocol.endsWith('SSL'),
    caPem: await readTrustStore(properties),
    sasl: protocol.startsWith('SASL') ? readSasl(properties, path) : undefined,
  };
}

function parseProperties(text: string): Map<string, string> {
  const pairs = text
    .replaceAll(/\\\r?\n\s*/g, '')
    .split('\n')
    .map((line) => /^\s*([^#!=:\s]+)\s*[=:]\s*(.*?)\s*$/.exec(line))
    .flatMap((match): [string, string][] =>
      match === null ? [] : [[match[1] ?? '', match[2] ?? '']],
    );
  return new Map(pairs);
}

async function readTrustStore(properties: ReadonlyMap<string, string>): Promise<string> {
  const inline = properties.get('ssl.truststore.certificates');
  if (inline !== undefined) return inline.replaceAll('\\n', '\n');
  const location = properties.get('ssl.truststore.location');
  if (location === undefined) return '';
  if (properties.get('ssl.truststore.type') !== 'PEM') {
    throw new HarnessError('TEST_KAFKA_PROPERTIES must name a trust store of type PEM.');
  }
  return readFile(location, 'utf8');
}

function readSasl(
  properties: ReadonlyMap<string, string>,
  path: string,
): NonNullable<ClientProperties['sasl']> {
  const mechanism = mechanismSchema.safeParse(properties.get('sasl.mechanism')?.toLowerCase());
  const jaas = properties.get('sasl.jaas.config') ?? '';
  const username = /username="([^"]*)"/.exec(jaas)?.[1];
  const password = /password="([^"]*)"/.exec(jaas)?.[1];
  if (!mechanism.success || username === undefined || password === undefined) {
    throw new HarnessError(
      `${path} must have sasl.mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 and a sasl.jaas.config with username="…" and password="…".`,
    );
  }
  return { mechanism: mechanism.data, username, password };
}
