import { setting } from '../settings.ts';
import { readClientProperties } from './client-properties.ts';
import type { KafkaData } from './kafka-data.ts';

/**
 * The user's own Kafka from TEST_KAFKA_BOOTSTRAP and TEST_KAFKA_PROPERTIES (a Java client's properties file with
 * the credentials of an administrator), or undefined where the first is unset.
 */
export function ownKafka(): Promise<KafkaData> | undefined {
  const bootstrap = setting('TEST_KAFKA_BOOTSTRAP');
  return bootstrap === undefined
    ? undefined
    : describe(bootstrap, setting('TEST_KAFKA_PROPERTIES'));
}

async function describe(bootstrap: string, path: string | undefined): Promise<KafkaData> {
  // Its own administrator stands in for the user that a started Kafka knows by mechanism PLAIN.
  const empty = { username: '', password: '' };
  const data = { bootstrap, saslBootstrap: bootstrap, podSaslBootstrap: bootstrap };
  if (path === undefined) return { ...data, caPem: '', plainUser: empty };
  const { caPem, sasl } = await readClientProperties(path);
  const plainUser =
    sasl === undefined ? empty : { username: sasl.username, password: sasl.password };
  return { ...data, caPem, plainUser, adminPropertiesPath: path };
}
