import { untilDone } from '../../lib/until.ts';
import { type Fault, hit } from '../fault.ts';
import { STREAMED } from '../rows.ts';

/** A topic of records that is deleted and made again: the records of before are gone with it. */
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
  ];
}
