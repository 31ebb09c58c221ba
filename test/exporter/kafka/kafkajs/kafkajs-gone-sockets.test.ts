import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
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

/** More than the number of listeners of one event that Node allows without a warning. */
const SENDS = 24;

test('a connection that many requests find broken is closed without accumulating listeners', async () => {
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', warned);
  onTestFinished(() => {
    process.off('warning', warned);
  });
  const { endpoints } = await cluster(
    { topic: [0] },
    { onProduce: () => 'done, but the answer is lost' },
  );
  const { kafka } = exporterConfig({ kafka: { endpoints: [...endpoints] } });
  const deps = { clock: systemClock, logger: silentLogger };
  const session = await openKafkaSession(deps, kafka, noCredentials);
  const records = progressRecords([{ kind: 'opened', marker: 'x' }], 1);
  const producer = { id: '-1', epoch: -1, transactionalId: undefined };
  const compressed = await compressRecords(records, 'none', FRESH_MEMORY);
  // All requests are sent at once and share the bytes, so none may write its header before them.
  const batch = { ...recordBatch(compressed, { producer, first: -1 }), headroom: 0 };
  const failures = await Promise.all(
    Array.from({ length: SENDS }, () => session.produce({ topic: 'topic', partition: 0 }, batch)),
  );
  expect(failures.map((failure) => failure?.reason)).toEqual(
    failures.map(() => 'BrokerUnreachable'),
  );
  await session.close();
  // Warnings come before this one.
  process.emitWarning('the end', { type: 'TestEnd' });
  while (!warnings.includes('TestEnd')) await once(process, 'warning');
  expect(warnings).toEqual(['TestEnd']);
});
