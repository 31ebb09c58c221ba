import { describe, expect, it } from 'vitest';
import type { FleetReading } from '../../src/fleet/fleet-reading.ts';
import { readFleet } from '../../src/fleet/read-fleet.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createManualClock } from '../lib/manual-clock.ts';
import {
  deliveringPod,
  exporterObject,
  podObject,
  refused,
  type SampleCluster,
  sampleClient,
  WELL,
} from './sample-fleet.ts';

const FORBIDDEN = refused(403, 'Forbidden');

async function read(
  cluster: SampleCluster,
  selection: { readonly namespace?: string; readonly name?: string } = { namespace: 'team' },
) {
  const { client, asked } = sampleClient(cluster);
  const reading = await readFleet({ client, clock: createManualClock() }, selection);
  return { ...reading, asked };
}

describe('a reading', () => {
  it('has each exporter with its own pods, by namespace and name', async () => {
    const { exporters, gaps } = await read(
      {
        exporters: [
          exporterObject('b', WELL),
          exporterObject('a', WELL),
          exporterObject('a', WELL, 'other'),
        ],
        pods: [
          podObject('a'),
          podObject('a', { number: 1 }),
          podObject('a', { namespace: 'other' }),
        ],
        answer: () => deliveringPod({ records: 5, bytes: 7, retries: 1 }),
      },
      {},
    );
    expect(gaps).toEqual([]);
    expect(exporters.map(({ name, namespace, pods }) => [namespace, name, pods?.length])).toEqual([
      ['other', 'a', 1],
      ['team', 'a', 2],
      ['team', 'b', 0],
    ]);
    expect(exporters[1]?.pods?.[1]).toMatchObject({
      name: 'a-exporter-1',
      report: { delivering: true, lagSeconds: 31, credentialsRevision: 3 },
      counters: { records: 5, bytes: 7, retries: 1 },
    });
  });

  it('finds the pods of a name that is too long for a label', async () => {
    const name = 'a'.repeat(60);
    const { exporters } = await read({
      exporters: [exporterObject(name, WELL)],
      pods: [podObject(name)],
    });
    expect(exporters[0]?.pods).toHaveLength(1);
  });

  it('of one exporter asks for its pods alone', async () => {
    const { asked, exporters } = await read(
      {
        exporters: [exporterObject('a', WELL), exporterObject('b', WELL)],
        pods: [podObject('a'), podObject('b')],
        answer: () => deliveringPod({ records: 5 }),
      },
      { namespace: 'team', name: 'b' },
    );
    expect(exporters.map(({ name }) => name)).toEqual(['b']);
    expect(asked).toEqual(['b-exporter-0/status', 'b-exporter-0/metrics']);
  });

  it('does not ask pods that have not started or have ended', async () => {
    const { asked, gaps } = await read({
      exporters: [exporterObject('a', WELL)],
      pods: [podObject('a', { phase: 'Pending' }), podObject('a', { phase: 'Failed', number: 1 })],
    });
    expect(asked).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it('keeps what the status has of a resource with unknown or broken fields', async () => {
    const strange = { ...WELL, conditions: 'none', novelty: { a: 1 }, credentials: { x: 1 } };
    const { exporters } = await read({
      exporters: [exporterObject('a', strange), exporterObject('b', undefined)],
    });
    expect(exporters[0]?.status).toMatchObject({ conditions: [], pods: '1/1' });
    expect(exporters[0]?.status?.credentials).toBeUndefined();
    expect(exporters[1]?.status).toBeUndefined();
  });
});

describe('without a right', () => {
  it('to pods/proxy, the reading has the resources, and says which right is missing', async () => {
    const { asked, exporters, gaps } = await read({
      exporters: [exporterObject('a', WELL)],
      pods: Array.from({ length: 200 }, (_, number) => podObject('a', { number })),
      answer: () => () => {
        throw FORBIDDEN;
      },
    });
    expect(exporters[0]).toMatchObject({ name: 'a', status: { pods: '1/1' } });
    expect(gaps).toEqual([
      'you may not ask the pods of namespace team (right: get pods/proxy), so rates, retries and the exact lag are not shown: docs/command-line.md says which role has the right',
    ]);
    // Those that were under way when the first answer came.
    expect(asked.length).toBeLessThanOrEqual(32);
  });

  it('to list pods, it says so', async () => {
    const { exporters, gaps } = await read({
      exporters: [exporterObject('a', WELL)],
      pods: FORBIDDEN,
    });
    expect(exporters[0]?.pods).toBeUndefined();
    expect(gaps).toEqual([expect.stringContaining('(right: list pods)')]);
  });

  it.each([
    [undefined, 'you may not list KafkaExporters of all namespaces: name a namespace'],
    ['team', 'you may not read KafkaExporters of namespace team'],
  ])(
    'to KafkaExporters of namespace %s, it is an error that names a role',
    async (namespace, says) => {
      const reading = read({ exporters: FORBIDDEN }, namespace === undefined ? {} : { namespace });
      await expect(reading).rejects.toThrow(says);
      await expect(reading).rejects.toThrow('kafkaexporter-viewer');
    },
  );
});

describe('trouble', () => {
  it('without the CRD says to install it', async () => {
    await expect(read({ exporters: refused(404, 'NotFound') })).rejects.toThrow(
      'knows no KafkaExporter',
    );
  });

  it('with a name that does not exist says where all are listed', async () => {
    await expect(read({ exporters: [] }, { namespace: 'team', name: 'x' })).rejects.toThrow(
      'no KafkaExporter x in namespace team',
    );
  });

  it('a pod that does not answer, or not with a report, is named; the others count', async () => {
    const answers: Readonly<Record<string, () => string>> = {
      'a-exporter-0': () => 'no JSON',
      'a-exporter-1': () => {
        throw refused(503, 'ServiceUnavailable');
      },
      'a-exporter-2': () => '{"delivering": "yes"}',
      // A pod that answers 403 itself is not the API server.
      'a-exporter-3': () => {
        throw refused(403, '');
      },
    };
    const { exporters, gaps } = await read({
      exporters: [exporterObject('a', WELL)],
      pods: Array.from({ length: 5 }, (_, number) => podObject('a', { number })),
      answer: (pod) => answers[pod] ?? deliveringPod({ records: 1 }),
    });
    expect(gaps).toEqual([
      'pods team/a-exporter-0, team/a-exporter-1, team/a-exporter-2 and 1 more did not answer: the numbers are without them',
    ]);
    expect(exporters[0]?.pods?.map(({ report }) => report?.delivering)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      true,
    ]);
  });

  it('with many pods that take long, it ends in time, and says that some were not asked', async () => {
    const clock = createManualClock();
    const { client } = sampleClient({
      exporters: [exporterObject('a', WELL)],
      pods: Array.from({ length: 1_000 }, (_, number) => podObject('a', { number })),
      answer: () => async () => {
        await clock.sleep(5_000);
        throw refused(504, 'Timeout');
      },
    });
    const reading = readFleet({ client, clock }, { namespace: 'team' });
    await clock.advance(25_000);
    const { gaps } = await reading;
    expect(gaps).toHaveLength(2);
    expect(gaps[1]).toContain('were not asked, since others took longer than 15 seconds');
  });

  it('asks pods last that have not answered before, so that they take no time of others', async () => {
    const clock = createManualClock();
    const dead = new Set(Array.from({ length: 200 }, (_, number) => `a-exporter-${number}`));
    const { client } = sampleClient({
      exporters: [exporterObject('a', WELL)],
      pods: Array.from({ length: 400 }, (_, number) => podObject('a', { number })),
      answer: (pod) => async (path, bytesMax) => {
        if (!dead.has(pod)) return deliveringPod({ records: 1 })(path, bytesMax);
        await clock.sleep(5_000);
        throw refused(504, 'Timeout');
      },
    });
    const read = async (before?: FleetReading): Promise<FleetReading> => {
      const reading = readFleet({ client, clock }, { namespace: 'team' }, before);
      await clock.advance(25_000);
      return reading;
    };
    const answered = ({ exporters }: FleetReading): number | undefined =>
      exporters[0]?.pods?.filter(({ report }) => report !== undefined).length;
    const first = await read();
    expect(answered(first)).toBe(0);
    // In 15 seconds, 128 silent pods are asked. The second reading asks the other 72, and then those that answer.
    const second = await read(first);
    expect(answered(second)).toBe(200);
    expect(answered(await read(second))).toBe(200);
  });

  it('asks at most 32 pods at once, and a thousand in turn', async () => {
    let now = 0;
    let most = 0;
    const { client, asked } = sampleClient({
      exporters: [exporterObject('a', WELL)],
      pods: Array.from({ length: 1_000 }, (_, number) => podObject('a', { number })),
      answer: () => async (path, bytesMax) => {
        now++;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return deliveringPod({ records: 1 })(path, bytesMax);
      },
    });
    const { exporters } = await readFleet({ client, clock: systemClock }, { namespace: 'team' });
    expect(most).toBe(32);
    expect(asked).toHaveLength(2_000);
    expect(exporters[0]?.pods?.every(({ counters }) => counters?.records === 1)).toBe(true);
  });
});
