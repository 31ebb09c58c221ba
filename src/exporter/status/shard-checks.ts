/** The check of a shard's producer, or of a push's: that it gets an identity from Kafka. */
export const PRODUCER_CHECK = 'producer';

/** The check of the topic in which shards keep their progress. */
export const CHECKPOINT_CHECK = 'checkpoint topic';

const DELIVERY = 'delivery to ';

/** The check of what is sent to a topic. */
export function deliveryCheck(topic: string): string {
  return `${DELIVERY}${topic}`;
}

/** Whether only the work of shards makes a check: without a shard it says nothing any more. */
export function isShardCheck(check: string): boolean {
  return check === PRODUCER_CHECK || check === CHECKPOINT_CHECK || check.startsWith(DELIVERY);
}
