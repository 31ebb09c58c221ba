import { type ErrorClass, errorNamed } from './error-codes.ts';

/** What an error means, and what to do. */
export interface ErrorWords {
  readonly meaning: string;
  readonly remedy: string;
}

const LOGS = 'check the logs of the brokers';
const PASSES = `this usually passes within seconds; if it does not, ${LOGS}`;

/** For errors without words of their own. */
const OF_CLASS: Readonly<Record<ErrorClass, ErrorWords>> = {
  none: { meaning: 'Kafka answered without an error', remedy: LOGS },
  retry: { meaning: 'a broker could not answer a request', remedy: PASSES },
  refresh: { meaning: 'another broker has to answer a request', remedy: PASSES },
  wait: { meaning: 'a broker is not ready to answer a request', remedy: PASSES },
  fenced: {
    meaning: 'Kafka no longer accepts the exporter’s identity',
    remedy: `the exporter gets a new identity and continues at its progress; if this repeats, ${LOGS}`,
  },
  record: {
    meaning: 'Kafka does not accept a record',
    remedy:
      'change the configuration of the topic, or leave the record out with spec.tagFilterGroups',
  },
  configuration: { meaning: 'Kafka refused a request', remedy: LOGS },
};

/** Kafka has given the exporter's transactional id, or a new epoch of it, to somebody else. */
const TAKEN_OVER: ErrorWords = {
  meaning:
    'another program has taken over a transactional id of the exporter, as checkpoints reset does, or Kafka has ended a transaction that took too long',
  remedy:
    'nothing after checkpoints reset: the exporter takes over again within 20 seconds and continues at the new progress. If this repeats, let each checkpoint topic be used by one resource, and look for slow brokers and quotas',
};

const OF_NAME: Readonly<Record<string, ErrorWords>> = {
  UNKNOWN_SERVER_ERROR: {
    meaning: 'a broker failed while it worked on a request',
    remedy: 'look for the exception in the logs of the brokers',
  },
  CORRUPT_MESSAGE: {
    meaning: 'a batch was damaged on its way to the broker',
    remedy: 'check the network and whatever changes its traffic',
  },
  LEADER_NOT_AVAILABLE: {
    meaning: 'a partition has no leader',
    remedy: `${PASSES}, and start the brokers that have its replicas`,
  },
  COORDINATOR_LOAD_IN_PROGRESS: {
    meaning: 'the coordinator of a group or a transactional id is still loading its state',
    remedy: PASSES,
  },
  COORDINATOR_NOT_AVAILABLE: {
    meaning: 'no broker coordinates the group or the transactional id',
    remedy: `${PASSES}. The topics __consumer_offsets and __transaction_state must have as many replicas in sync as their min.insync.replicas says, so check default.replication.factor, offsets.topic.replication.factor, transaction.state.log.min.isr and min.insync.replicas of the brokers`,
  },
  REQUEST_TIMED_OUT: {
    meaning: 'the replicas of a partition did not confirm in time',
    remedy: 'check the load of the brokers, and the network between them',
  },
  KAFKA_STORAGE_ERROR: {
    meaning: 'a broker cannot use its disk',
    remedy: 'check the disks of the brokers',
  },
  THROTTLING_QUOTA_EXCEEDED: {
    meaning: 'a quota of the Kafka user is used up',
    remedy: 'raise the quota controller_mutation_rate of the user, or wait',
  },
  MESSAGE_TOO_LARGE: {
    meaning: 'the topic does not accept a batch of this size',
    remedy: 'raise max.message.bytes of the topic, or lower spec.producer.maxRequestBytes',
  },
  RECORD_LIST_TOO_LARGE: {
    meaning: 'a batch is larger than a segment of the topic',
    remedy: 'raise segment.bytes of the topic, or lower spec.producer.maxRequestBytes',
  },
  INVALID_TIMESTAMP: {
    meaning: 'the topic does not accept the timestamp of a record',
    remedy:
      'raise message.timestamp.before.max.ms or message.timestamp.after.max.ms of the topic, or check the clocks of the nodes',
  },
  INVALID_RECORD: {
    meaning: 'the topic does not accept a record, for example one without a key if it is compacted',
    remedy: 'set cleanup.policy=delete for the topic, or choose another spec.producer.keyField',
  },
  INVALID_TOPIC_EXCEPTION: {
    meaning: 'Kafka does not accept the name of the topic',
    remedy: 'correct spec.topic, spec.delivery.checkpointTopic or spec.delivery.deadLetterTopic',
  },
  INVALID_REPLICATION_FACTOR: {
    meaning: 'the cluster has fewer brokers than the topic wants replicas',
    remedy: 'start the missing brokers, or lower default.replication.factor of the brokers',
  },
  INVALID_CONFIG: {
    meaning: 'the brokers do not accept the configuration of the topic',
    remedy: 'change what the brokers accept',
  },
  POLICY_VIOLATION: {
    meaning: 'a policy of the brokers (create.topic.policy.class.name) does not accept the topic',
    remedy: 'change the policy',
  },
  INVALID_SESSION_TIMEOUT: {
    meaning: 'the brokers do not accept the session time-out of 10 seconds',
    remedy: 'let group.min.session.timeout.ms and group.max.session.timeout.ms include 10000',
  },
  GROUP_MAX_SIZE_REACHED: {
    meaning: 'the brokers accept no more members in a consumer group',
    remedy: 'raise group.max.size of the brokers, or lower spec.replicas',
  },
  INVALID_TRANSACTION_TIMEOUT: {
    meaning: 'the brokers do not accept the time-out of the exporter’s transactions',
    remedy: 'set transaction.max.timeout.ms of the brokers to at least 60000',
  },
  UNSUPPORTED_COMPRESSION_TYPE: {
    meaning: 'the brokers do not accept the codec of a batch',
    remedy: 'set spec.producer.compression to another codec',
  },
  UNSUPPORTED_VERSION: {
    meaning: 'the brokers do not know a request of the exporter',
    remedy: 'use Kafka 2.8 or later',
  },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: {
    meaning: 'the topic stores batches in a format without transactions',
    remedy: 'set message.format.version of the topic and of the brokers to 0.11 or later',
  },
  INVALID_PRODUCER_EPOCH: TAKEN_OVER,
  PRODUCER_FENCED: TAKEN_OVER,
  REBALANCE_IN_PROGRESS: {
    meaning: 'the pods of the exporter share their work anew',
    remedy: PASSES,
  },
};

/** The words for Kafka's name of an error. Undefined when no error of Kafka has this name. */
export function errorWords(name: string): ErrorWords | undefined {
  const error = errorNamed(name);
  return error === undefined ? undefined : (OF_NAME[name] ?? OF_CLASS[error.class]);
}
