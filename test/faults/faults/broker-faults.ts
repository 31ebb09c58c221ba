import type { Admin } from 'kafkajs';
import type { Broker } from '../../harness/kafka/broker.ts';
import { untilDone } from '../../lib/until.ts';
import { type Fault, hit } from '../fault.ts';
import { topicsOfExporters, type World } from '../world.ts';

const TRANSACTION_STATE = '__transaction_state';
const GROUP_OFFSETS = '__consumer_offsets';

/** Brokers that go, leaders that move, and certificates that expire. */
export function brokerFaults(): readonly Fault[] {
  return [
    {
      name: 'a broker is stopped in order and started again',
      part: 'brokers',
      lastsMs: [500, 5_000],
      begin: async ({ kafka }, step) => {
        const broker = hit(kafka.brokers, step);
        await broker.stop();
        return () => broker.start();
      },
    },
    {
      name: 'a broker is killed and started again',
      part: 'brokers',
      // Below five seconds its partitions wait for it, above they get other leaders.
      lastsMs: [500, 9_000],
      begin: ({ kafka }, step) => killBroker(hit(kafka.brokers, step)),
    },
    {
      name: 'a coordinator of transactions is killed and started again',
      part: 'brokers',
      lastsMs: [500, 9_000],
      begin: async (world, step) => killBroker(await leaderIn(world, [TRANSACTION_STATE], step)),
    },
    {
      name: 'a coordinator of groups is killed and started again',
      part: 'brokers',
      lastsMs: [500, 9_000],
      begin: async (world, step) => killBroker(await leaderIn(world, [GROUP_OFFSETS], step)),
    },
    {
      name: 'the leader of the checkpoints is killed and started again',
      part: 'brokers',
      lastsMs: [500, 9_000],
      begin: async (world, step) =>
        killBroker(await leaderIn(world, [world.checkpointTopic], step)),
    },
    {
      name: 'the leaders of a topic move',
      part: 'brokers',
      lastsMs: [500, 3_000],
      begin: async (world, step) => {
        const { kafka } = world;
        const names = await kafka.withAdmin((admin) => admin.listTopics());
        const topics = topicsOf(world).filter((topic) => names.includes(topic));
        const topic = hit(topics, step);
        const before = await kafka.withAdmin((admin) => replicasOf(admin, topic));
        // A leader that is no replica any more has to go.
        const without = before.map(({ partition, leader, replicas }) => ({
          partition,
          replicas: replicas.filter((replica) => replica !== leader),
        }));
        await reassign(world, topic, without);
        return () => reassign(world, topic, before);
      },
    },
    {
      name: 'the certificates of brokers expire, and are renewed',
      part: 'certificates',
      lastsMs: [1_000, 6_000],
      begin: async ({ kafka, brokerProxies }) => {
        await untilDone('expired certificates', () => kafka.renewCertificates('expired'));
        // What is connected stays so: certificates are only shown to whoever connects.
        for (const proxy of brokerProxies) proxy.reset();
        return () => untilDone('valid certificates', () => kafka.renewCertificates('valid'));
      },
    },
  ];
}

async function killBroker(broker: Broker): Promise<() => Promise<void>> {
  await broker.kill();
  return () => broker.start();
}

function topicsOf(world: World): readonly string[] {
  return [...topicsOfExporters(world), TRANSACTION_STATE, GROUP_OFFSETS];
}

/** The broker that leads one of a topic's partitions; any broker while there is no such topic. */
async function leaderIn(
  { kafka }: World,
  topics: string[],
  step: { readonly where: number },
): Promise<Broker> {
  const leaders = await kafka
    .withAdmin((admin) => admin.fetchTopicMetadata({ topics }))
    .then(({ topics: [topic] }) => topic?.partitions.map(({ leader }) => leader) ?? [])
    .catch((): number[] => []);
  const leading = kafka.brokers.filter(({ nodeId }) => leaders.includes(nodeId));
  return hit(leading.length === 0 ? kafka.brokers : leading, step);
}

interface Assignment {
  readonly partition: number;
  readonly replicas: number[];
}

async function replicasOf(
  admin: Admin,
  topic: string,
): Promise<(Assignment & { readonly leader: number })[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics[0]?.partitions ?? [];
  return partitions.map(({ partitionId, leader, replicas }) => ({
    partition: partitionId,
    leader,
    replicas,
  }));
}

/** Gives partitions other replicas, and waits until these are all there; a topic that is gone needs none. */
async function reassign(
  { kafka }: World,
  topic: string,
  assignments: readonly Assignment[],
): Promise<void> {
  const partitionAssignment = assignments.map(({ partition, replicas }) => ({
    partition,
    replicas,
  }));
  await untilDone('other replicas', () =>
    kafka.withAdmin(async (admin) => {
      if (!(await admin.listTopics()).includes(topic)) return;
      await admin.alterPartitionReassignments({
        topics: [{ topic, partitionAssignment }],
        timeout: 10_000,
      });
    }),
  );
}
