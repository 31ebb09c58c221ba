/** What is tested, the oldest first. One more is one more line. */
export const KAFKA_VERSIONS = ['2.8.2', '3.4.1', '3.9.1', '4.1.1'] as const;

/** See {@link KAFKA_VERSIONS}. */
export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

/** What runs where nobody asks for another, and whose tools are used on all. */
export const DEFAULT_KAFKA_VERSION: KafkaVersion = '4.1.1';

/** Whether brokers meet in ZooKeeper; later ones are their own controllers (KRaft). */
export function usesZooKeeper(version: KafkaVersion): boolean {
  return version.startsWith('2.');
}
