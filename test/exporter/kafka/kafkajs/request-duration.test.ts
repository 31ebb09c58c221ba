import { expect, test } from 'vitest';
import { openKafkaSession } from '../../../../src/exporter/kafka/session/kafka-session.ts';
import {
  compressRecords,
  recordBatch,
} from '../../../../src/exporter/kafka/produce/record-batch.ts';
import { progressRecords } from '../../../../src/exporter/progress/progress-message.ts';
import { FRESH_MEMORY } from '../../../../src/lib/buffer-pool.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { noCredentials } from '../../no-credentials.ts';
import { cluster } from '../produce/senders.ts';

const SLOW_MS = 60;

test('a session reports how long each request took, by its API', async () => {
  const slow = async (): Promise<'done'> => {
    await systemClock.sleep(SLOW_MS);
    return 'done';
  };
  const { endpoints } = await cluster({ topic: [0] }, { onProduce: slow });
  const answers: { readonly api: string; readonly tookMs: number }[] = [];
  const { kafka } = exporterConfig({ kafka: { endpoints: [...endpoints] } });
  const session = await openKafkaSession(
    {
      clock: systemClock,
      logger: silentLogger,
      onAnswer: (api, tookMs) => {
        answers.push({ api, tookMs });
      },
    },
    kafka,
    noCredentials,
  );
  const records = progressRecords([{ kind: 'opened', marker: 'x' }], 1);
  const producer = await session.transactions.init(undefined);
  const compressed = await compressRecords(records, 'none', FRESH_MEMORY);
  const batch = recordBatch(compressed, { producer, first: 0 });
  for (let i = 0; i < 2; i++) await session.produce({ topic: 'topic', partition: 0 }, batch);
  await session.close();
  const produced = answers.filter(({ api }) => api === 'Produce');
  expect(produced).toHaveLength(2);
  // Timers sometimes fire a millisecond early.
  expect(Math.min(...produced.map(({ tookMs }) => tookMs))).toBeGreaterThanOrEqual(SLOW_MS - 2);
  expect(answers.map(({ api }) => api)).toEqual(
    expect.arrayContaining(['ApiVersions', 'Metadata', 'InitProducerId']),
  );
});
