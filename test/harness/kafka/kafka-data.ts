import { z } from 'zod';

const user = z.object({ username: z.string(), password: z.string() });

/** How to reach a Kafka: plain data, so that it can cross from a test run's setup to its workers. */
export const kafkaDataSchema = z.object({
  /**
   * The listener for admin work. A started Kafka has neither encryption nor login here, and its clients are super
   * users (User:ANONYMOUS).
   */
  bootstrap: z.string(),
  /** SASL_SSL with PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, where ACLs decide what a user may do. */
  saslBootstrap: z.string(),
  /** The same for pods, where an address of theirs was given. */
  podSaslBootstrap: z.string().optional(),
  /** The authority that signed the brokers' certificates; empty where the system's authorities did. */
  caPem: z.string(),
  /**
   * A user that mechanism PLAIN knows. It has no ACLs. A started Kafka knows a second one, whose name and password are
   * these with `-2` behind.
   */
  plainUser: user,
  /** A Java client's properties file for `bootstrap`, where that is not a plain listener. */
  adminPropertiesPath: z.string().optional(),
});

/** See {@link kafkaDataSchema}. */
export type KafkaData = Readonly<z.infer<typeof kafkaDataSchema>>;
