import { PROBLEM_REASONS } from '../../../exporter/contract/status-report.ts';

/** Reasons that the operator sets, grouped by the first condition that has them. */
const OPERATOR_REASONS = [
  // ConfigValid
  'Valid',
  'InvalidSpec',
  'NotAllowed',
  // CredentialsResolved
  'Resolved',
  'NotNeeded',
  'NewlineAtEnd',
  'SecretMissing',
  'SecretTypeRefused',
  'SecretNotLabelled',
  'ConfigMapMissing',
  'SecretKeyMissing',
  'ConfigMapKeyMissing',
  'SecretValueEmpty',
  'TokenTooShort',
  'CertificateInvalid',
  'PrivateKeyInvalid',
  'CertificateKeyMismatch',
  // CredentialsApplied
  'Applied',
  'Trying',
  'Pending',
  'NotPublished',
  'CredentialsRefused',
  // WorkloadAvailable
  'Available',
  'NotCreated',
  'Progressing',
  'ScalingDown',
  'ScaledToZero',
  'RolloutStopped',
  'PodRefused',
  'ImagePullFailed',
  'PodCrashing',
  'PodUnschedulable',
  'PodNotStarting',
  'ProgressDeadlineExceeded',
  // Delivering
  'Delivering',
  'Disabled',
  'Starting',
  'NoPod',
  'NoReport',
  // RecordsIncomplete
  'ColumnsMissing',
  // Throttled
  'KafkaQuotaExceeded',
  // ShardsDiffer
  'MoreShards',
  'FewerShards',
  // TopicShared
  'AnotherResource',
  // ChangedByOthers
  'AnotherManager',
  // NotMonitored
  'PodMonitorUnknown',
  // Ready, Reconciling, Stalled, Suspended
  'Suspended',
  'NameConflict',
  'ObjectRejected',
  'ApplyFailed',
  'ReconcileFailed',
] as const;

/** Every reason that a condition can have: the operator's reasons, and the problems that exporters report. */
export const CONDITION_REASONS = [...OPERATOR_REASONS, ...PROBLEM_REASONS] as const;

/** Why a condition has its status: one word in CamelCase, as the Kubernetes API conventions require. */
export type ConditionReason = (typeof CONDITION_REASONS)[number];
