import { untilDone } from '../../lib/until.ts';
import type { KafkaAdmin } from '../../harness/kafka/kafka-admin.ts';
import { type Fault, hit } from '../fault.ts';
import { STREAMED } from '../rows.ts';
import { topicsOfExporters } from '../world.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'] as const;

/** Topics that are made again, by which their records of before are gone, and topics that compress anew what they get. */
export function topicFaults(): readonly Fault[] {
  return [
    {
      name: 'a topic of records is deleted and made again',
      part: 'topic',
      lastsMs: [0, 4_000],
      begin: async ({ kafka, topicOf, createTopic, madeAnewAt }, step) => {
        const dataSource = hit(STREAMED, step);
        const topic = topicOf(dataSource);
        await untilDone('no topic', () =>
          kafka.withAdmin(async (admin) => {
            const names = await admin.listTopics();
            if (names.includes(topic)) await admin.deleteTopics({ topics: [topic] });
          }),
        );
        return async () => {
          await untilDone('a topic', () => createTopic(dataSource));
          madeAnewAt.set(dataSource, Date.now());
        };
      },
    },
    {
      name: 'a topic compresses by a codec of its own',
      part: 'compression',
      lastsMs: [2_000, 12_000],
      begin: async (world, step) => {
        const { kafka } = world;
        const topic = hit(topicsOfExporters(world), step);
        const codec = hit(CODECS, { where: step.howMuch });
        await untilDone('a codec', () => compressBy(kafka, topic, codec));
        return () => untilDone('no codec', () => compressBy(kafka, topic, 'producer'));
      },
    },
  ];
}

/** A topic that is gone, or that no exporter has made yet, stays as it is. */
async function compressBy(kafka: KafkaAdmin, topic: string, codec: string): Promise<void> {
  const names = await kafka.withAdmin((admin) => admin.listTopics());
  if (names.includes(topic)) await kafka.changeTopic(topic, { 'compression.type': codec });
}
