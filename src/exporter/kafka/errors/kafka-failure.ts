import type { ProblemReason } from '../../contract/status-report.ts';

/** The problems that Kafka can cause. */
export type KafkaReason = Extract<
  ProblemReason,
  | 'BrokerUnreachable'
  | 'BrokerCertificateRejected'
  | 'BrokerWithoutTls'
  | 'ClientCertificateRejected'
  | 'KafkaAuthenticationFailed'
  | 'TokenEndpointUnreachable'
  | 'TokenRefused'
  | 'CredentialsUnreadable'
  | 'KafkaAuthorizationFailed'
  | 'TopicMissing'
  | 'KafkaNotReady'
  | 'NotEnoughReplicas'
  | 'TopicRefused'
  | 'ProducerFenced'
  | 'TopicNotCompacted'
  | 'KafkaError'
>;

/** A failure: the reason for the status, and the error of the broker or the client as `detail`. */
export interface KafkaFailure {
  readonly reason: KafkaReason;
  /**
   * Kafka's name of the error (`NOT_LEADER_OR_FOLLOWER`), the code of a socket error, or a
   * message.
   */
  readonly detail: string;
  /** The broker that cannot be reached, `host:port`. Absent: it is not known. */
  readonly broker?: string;
  /** What the broker says about it. */
  readonly said?: string;
  /** The places in a batch of the records because of which the broker refuses the batch. */
  readonly refused?: readonly number[];
}
