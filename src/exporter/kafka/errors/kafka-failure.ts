import type { ProblemReason } from '../../contract/status-report.ts';

/** The problems that Kafka can cause. */
export type KafkaReason = Extract<
  ProblemReason,
  | 'BrokerUnreachable'
  | 'BrokerCertificateRejected'
  | 'ClientCertificateRejected'
  | 'KafkaAuthenticationFailed'
  | 'TokenEndpointUnreachable'
  | 'TokenRefused'
  | 'KafkaAuthorizationFailed'
  | 'TopicMissing'
  | 'KafkaError'
>;

/** What went wrong, in the operator's words, and the broker's or the client's own words for it. */
export interface KafkaFailure {
  readonly reason: KafkaReason;
  /** Kafka's name of the error (`NOT_LEADER_FOR_PARTITION`), a socket's code, or a message. */
  readonly detail: string;
}
