import type { KafkaReason } from './kafka-failure.ts';

/** What the exporter does after an error of a broker. */
export type ErrorClass =
  /** It is no error. */
  | 'none'
  /** Send the request again at once. */
  | 'retry'
  /** Ask again who leads or coordinates, then send the request again. */
  | 'refresh'
  /** Send the request again later. The broker is at work, or it waits for others. */
  | 'wait'
  /** The identity of the producer, or the membership in the group, is no longer valid. */
  | 'fenced'
  /** Kafka never accepts this record, or this batch. */
  | 'record'
  /** The request never succeeds until somebody changes a configuration. */
  | 'configuration';

/** An error of a broker. */
export interface ErrorCode {
  readonly code: number;
  /** Kafka's name of the error. kafkajs has other names for some. */
  readonly name: string;
  readonly class: ErrorClass;
  readonly reason: KafkaReason;
}

/**
 * Every error code of Kafka 4.1 (https://kafka.apache.org/protocol#protocol_error_codes). A test
 * compares it with the table in Kafka's own code. Codes never change their meaning.
 */
const CODES: readonly (readonly [code: number, name: string, kind: ErrorClass])[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'wait'],
  [0, 'NONE', 'none'],
  [1, 'OFFSET_OUT_OF_RANGE', 'refresh'],
  [2, 'CORRUPT_MESSAGE', 'retry'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'refresh'],
  [4, 'INVALID_FETCH_SIZE', 'configuration'],
  [5, 'LEADER_NOT_AVAILABLE', 'wait'],
  [6, 'NOT_LEADER_OR_FOLLOWER', 'refresh'],
  [7, 'REQUEST_TIMED_OUT', 'retry'],
  [8, 'BROKER_NOT_AVAILABLE', 'refresh'],
  [9, 'REPLICA_NOT_AVAILABLE', 'refresh'],
  [10, 'MESSAGE_TOO_LARGE', 'record'],
  [11, 'STALE_CONTROLLER_EPOCH', 'refresh'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'record'],
  [13, 'NETWORK_EXCEPTION', 'retry'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'wait'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'wait'],
  [16, 'NOT_COORDINATOR', 'refresh'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'configuration'],
  [18, 'RECORD_LIST_TOO_LARGE', 'record'],
  [19, 'NOT_ENOUGH_REPLICAS', 'wait'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'wait'],
  [21, 'INVALID_REQUIRED_ACKS', 'configuration'],
  [22, 'ILLEGAL_GENERATION', 'fenced'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'configuration'],
  [24, 'INVALID_GROUP_ID', 'configuration'],
  [25, 'UNKNOWN_MEMBER_ID', 'fenced'],
  [26, 'INVALID_SESSION_TIMEOUT', 'configuration'],
  [27, 'REBALANCE_IN_PROGRESS', 'fenced'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'record'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'configuration'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'configuration'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'configuration'],
  [32, 'INVALID_TIMESTAMP', 'record'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'configuration'],
  [34, 'ILLEGAL_SASL_STATE', 'retry'],
  [35, 'UNSUPPORTED_VERSION', 'configuration'],
  [36, 'TOPIC_ALREADY_EXISTS', 'configuration'],
  [37, 'INVALID_PARTITIONS', 'configuration'],
  [38, 'INVALID_REPLICATION_FACTOR', 'configuration'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'configuration'],
  [40, 'INVALID_CONFIG', 'configuration'],
  [41, 'NOT_CONTROLLER', 'refresh'],
  [42, 'INVALID_REQUEST', 'configuration'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'configuration'],
  [44, 'POLICY_VIOLATION', 'configuration'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'fenced'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'retry'],
  [47, 'INVALID_PRODUCER_EPOCH', 'fenced'],
  [48, 'INVALID_TXN_STATE', 'fenced'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'fenced'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'configuration'],
  [51, 'CONCURRENT_TRANSACTIONS', 'wait'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', 'fenced'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'configuration'],
  [54, 'SECURITY_DISABLED', 'configuration'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'retry'],
  [56, 'KAFKA_STORAGE_ERROR', 'wait'],
  [57, 'LOG_DIR_NOT_FOUND', 'configuration'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'configuration'],
  [59, 'UNKNOWN_PRODUCER_ID', 'fenced'],
  [60, 'REASSIGNMENT_IN_PROGRESS', 'wait'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'configuration'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', 'configuration'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', 'configuration'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 'configuration'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'configuration'],
  [66, 'DELEGATION_TOKEN_EXPIRED', 'configuration'],
  [67, 'INVALID_PRINCIPAL_TYPE', 'configuration'],
  [68, 'NON_EMPTY_GROUP', 'configuration'],
  [69, 'GROUP_ID_NOT_FOUND', 'configuration'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'retry'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'retry'],
  [72, 'LISTENER_NOT_FOUND', 'refresh'],
  [73, 'TOPIC_DELETION_DISABLED', 'configuration'],
  [74, 'FENCED_LEADER_EPOCH', 'refresh'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'refresh'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'configuration'],
  [77, 'STALE_BROKER_EPOCH', 'refresh'],
  [78, 'OFFSET_NOT_AVAILABLE', 'refresh'],
  [79, 'MEMBER_ID_REQUIRED', 'fenced'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'refresh'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'configuration'],
  [82, 'FENCED_INSTANCE_ID', 'fenced'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'refresh'],
  [84, 'ELECTION_NOT_NEEDED', 'retry'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', 'configuration'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'configuration'],
  [87, 'INVALID_RECORD', 'record'],
  [88, 'UNSTABLE_OFFSET_COMMIT', 'wait'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'wait'],
  [90, 'PRODUCER_FENCED', 'fenced'],
  [91, 'RESOURCE_NOT_FOUND', 'configuration'],
  [92, 'DUPLICATE_RESOURCE', 'configuration'],
  [93, 'UNACCEPTABLE_CREDENTIAL', 'configuration'],
  [94, 'INCONSISTENT_VOTER_SET', 'configuration'],
  [95, 'INVALID_UPDATE_VERSION', 'configuration'],
  [96, 'FEATURE_UPDATE_FAILED', 'configuration'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'configuration'],
  [98, 'SNAPSHOT_NOT_FOUND', 'configuration'],
  [99, 'POSITION_OUT_OF_RANGE', 'configuration'],
  [100, 'UNKNOWN_TOPIC_ID', 'refresh'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', 'configuration'],
  [102, 'BROKER_ID_NOT_REGISTERED', 'configuration'],
  [103, 'INCONSISTENT_TOPIC_ID', 'refresh'],
  [104, 'INCONSISTENT_CLUSTER_ID', 'configuration'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', 'fenced'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'retry'],
  [107, 'INELIGIBLE_REPLICA', 'wait'],
  [108, 'NEW_LEADER_ELECTED', 'refresh'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'wait'],
  [110, 'FENCED_MEMBER_EPOCH', 'fenced'],
  [111, 'UNRELEASED_INSTANCE_ID', 'wait'],
  [112, 'UNSUPPORTED_ASSIGNOR', 'configuration'],
  [113, 'STALE_MEMBER_EPOCH', 'fenced'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', 'configuration'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', 'configuration'],
  [116, 'UNKNOWN_CONTROLLER_ID', 'refresh'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', 'configuration'],
  [118, 'TELEMETRY_TOO_LARGE', 'configuration'],
  [119, 'INVALID_REGISTRATION', 'configuration'],
  [120, 'TRANSACTION_ABORTABLE', 'fenced'],
  [121, 'INVALID_RECORD_STATE', 'record'],
  [122, 'SHARE_SESSION_NOT_FOUND', 'retry'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', 'retry'],
  [124, 'FENCED_STATE_EPOCH', 'fenced'],
  [125, 'INVALID_VOTER_KEY', 'configuration'],
  [126, 'DUPLICATE_VOTER', 'configuration'],
  [127, 'VOTER_NOT_FOUND', 'configuration'],
  [128, 'INVALID_REGULAR_EXPRESSION', 'configuration'],
  [129, 'REBOOTSTRAP_REQUIRED', 'refresh'],
  [130, 'STREAMS_INVALID_TOPOLOGY', 'configuration'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'configuration'],
  [132, 'STREAMS_TOPOLOGY_FENCED', 'configuration'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', 'wait'],
];

/** The reasons that do not follow from the class. */
const REASONS: Readonly<Record<string, KafkaReason>> = {
  UNKNOWN_SERVER_ERROR: 'KafkaError',
  CORRUPT_MESSAGE: 'KafkaError',
  ILLEGAL_SASL_STATE: 'KafkaError',
  DUPLICATE_SEQUENCE_NUMBER: 'KafkaError',
  UNKNOWN_TOPIC_OR_PARTITION: 'TopicMissing',
  UNKNOWN_TOPIC_ID: 'TopicMissing',
  NOT_ENOUGH_REPLICAS: 'NotEnoughReplicas',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'NotEnoughReplicas',
  TOPIC_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  GROUP_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  CLUSTER_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  UNSUPPORTED_SASL_MECHANISM: 'KafkaAuthenticationFailed',
  SASL_AUTHENTICATION_FAILED: 'KafkaAuthenticationFailed',
  INVALID_PARTITIONS: 'TopicRefused',
  INVALID_REPLICATION_FACTOR: 'TopicRefused',
  INVALID_REPLICA_ASSIGNMENT: 'TopicRefused',
  INVALID_CONFIG: 'TopicRefused',
  POLICY_VIOLATION: 'TopicRefused',
  INVALID_PRODUCER_EPOCH: 'ProducerFenced',
  PRODUCER_FENCED: 'ProducerFenced',
};

const CLASS_REASONS: Readonly<Record<ErrorClass, KafkaReason>> = {
  none: 'KafkaError',
  retry: 'KafkaNotReady',
  refresh: 'KafkaNotReady',
  wait: 'KafkaNotReady',
  fenced: 'KafkaError',
  record: 'KafkaError',
  configuration: 'KafkaError',
};

/** Every error code, once. */
export const KAFKA_ERRORS: readonly ErrorCode[] = CODES.map(([code, name, kind]) => ({
  code,
  name,
  class: kind,
  reason: REASONS[name] ?? CLASS_REASONS[kind],
}));

const BY_CODE: ReadonlyMap<number, ErrorCode> = new Map(
  KAFKA_ERRORS.map((each) => [each.code, each]),
);
const BY_NAME: ReadonlyMap<string, ErrorCode> = new Map(
  KAFKA_ERRORS.map((each) => [each.name, each]),
);

/** The error with a code. Undefined for a code of a later Kafka. */
export function errorOfCode(code: number): ErrorCode | undefined {
  return BY_CODE.get(code);
}

/** The error with Kafka's name. Undefined when no error has this name. */
export function errorNamed(name: string): ErrorCode | undefined {
  return BY_NAME.get(name);
}
