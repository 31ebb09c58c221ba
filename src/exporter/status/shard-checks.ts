/** The check that the producer of a shard or of a push lane gets an identity from Kafka. */
export const PRODUCER_CHECK = 'producer';

/** The check of the checkpoint topic. */
export const CHECKPOINT_CHECK = 'checkpoint topic';

/** The check that the table of a data source can be read. */
export function sourceCheck(dataSource: string): string {
  return `source ${dataSource}`;
}

/** The check that a topic is there. */
export function topicCheck(topic: string): string {
  return `topic ${topic}`;
}

/** The check that the exporter itself makes no error while it sends. */
export const INTERNAL_CHECK = 'exporter';

const DELIVERY = 'delivery to ';

/** The check of the delivery to a topic. */
export function deliveryCheck(topic: string): string {
  return `${DELIVERY}${topic}`;
}

/** True for a check that only shards make. Without a shard, its result is meaningless. */
export function isShardCheck(check: string): boolean {
  const shared = [PRODUCER_CHECK, CHECKPOINT_CHECK, INTERNAL_CHECK];
  return shared.includes(check) || check.startsWith(DELIVERY);
}
