import type { KafkaAdmin } from '../harness/kafka/kafka-admin.ts';

/** Topics of the suite begin with this. */
export const TOPIC_PREFIX = 'faults-';

/** The exporters' user, with the rights that exporters need and no other. */
export interface User {
  readonly username: string;
  /** The password as it is in Kafka now. */
  password(): string;
  setPassword(password: string): Promise<void>;
  grantRights(): Promise<void>;
  revokeRights(): Promise<void>;
}

/** Makes the user in Kafka, for SCRAM-SHA-512. */
export async function createUser(kafka: KafkaAdmin): Promise<User> {
  const username = 'exporter-under-faults';
  let current = 'the first password';
  const setPassword = async (password: string): Promise<void> => {
    await kafka.setScramUser(username, password);
    current = password;
  };
  const user: User = {
    username,
    password: () => current,
    setPassword,
    revokeRights: () => kafka.revokeAll(username),
    grantRights: () =>
      kafka.grant(
        username,
        {
          resource: 'topic',
          name: TOPIC_PREFIX,
          pattern: 'prefixed',
          operations: ['describe', 'write', 'read', 'create'],
        },
        { resource: 'transactional-id', name: '*', operations: ['describe', 'write'] },
        { resource: 'group', name: '*', operations: ['describe', 'read'] },
      ),
  };
  await setPassword(current);
  await user.grantRights();
  return user;
}
