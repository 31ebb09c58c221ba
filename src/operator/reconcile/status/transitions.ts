import type { ConditionReason } from '../../api/status/condition-reasons.ts';
import { findCondition, hasChanged, WARNING_CONDITIONS } from '../../api/status/conditions.ts';
import type { KafkaExporterStatus } from '../../api/kafka-exporter.ts';

/** A change for which an Event of the resource is written. */
export interface Transition {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** Reasons for not being ready that are normal during a change. */
const ORDINARY: ReadonlySet<string> = new Set<ConditionReason>([
  'Progressing',
  'NotCreated',
  'Starting',
  'Trying',
  'Pending',
  'NoPod',
  'NoReport',
  'ScalingDown',
  'Suspended',
]);

/** The changes between two statuses; empty if only times and messages differ. */
export function transitionsOf(
  before: KafkaExporterStatus,
  after: KafkaExporterStatus,
): Transition[] {
  const transitions: Transition[] = [];
  const ready = findCondition(after.conditions, 'Ready');
  if (ready !== undefined && hasChanged(findCondition(before.conditions, 'Ready'), ready)) {
    const fine = ready.status === 'True' || ORDINARY.has(ready.reason);
    transitions.push({
      type: fine ? 'Normal' : 'Warning',
      reason: ready.reason,
      note: ready.message,
    });
  }
  const applied = after.credentials?.appliedRevision;
  if (applied !== undefined && applied !== before.credentials?.appliedRevision) {
    transitions.push({
      type: 'Normal',
      reason: 'CredentialsApplied',
      note: `every pod uses revision ${applied} of the credentials`,
    });
  }
  for (const type of WARNING_CONDITIONS) {
    const warning = findCondition(after.conditions, type);
    if (warning !== undefined && findCondition(before.conditions, type) === undefined) {
      transitions.push({ type: 'Warning', reason: warning.reason, note: warning.message });
    }
  }
  return transitions;
}
