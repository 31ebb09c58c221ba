import { type ConditionState, setter, writeConditions } from '../../api/conditions.ts';
import type { KafkaExporterStatus } from '../../api/kafka-exporter.ts';
import { podSelector } from '../../desired/labels.ts';
import { rollout } from '../observe/deployment-state.ts';
import type { Observation } from '../observe/observation.ts';
import type { Outcome } from '../outcome.ts';
import { findBlocker, readiness } from './ready-condition.ts';
import { incompleteCondition } from './incomplete-condition.ts';
import { throttledCondition } from './throttled-condition.ts';
import {
  credentialsAppliedCondition,
  credentialsResolvedCondition,
  deliveringCondition,
} from './report-conditions.ts';
import { workloadCondition } from './workload-condition.ts';

/** Inputs of a status. */
export interface StatusInput {
  readonly resourceName: string;
  readonly generation: number;
  readonly outcome: Outcome;
  /** Undefined if the spec cannot be parsed. */
  readonly observation: Observation | undefined;
  readonly previous: KafkaExporterStatus;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

const configValid = setter('ConfigValid');

/** A status to write, and after how many milliseconds to reconcile again without any event. */
export interface StatusResult {
  readonly status: KafkaExporterStatus;
  readonly lookAgainMs: number | undefined;
}

/** The status of a resource. A pure function: the same input gives the same bytes. */
export function statusOf(input: StatusInput): StatusResult {
  const { outcome, observation, previous } = input;
  if (outcome.kind === 'invalid' || observation === undefined) {
    const problems = outcome.kind === 'invalid' ? outcome.problems : [];
    return invalidStatus(input, problems);
  }
  const { desired, writes } = outcome;
  const { spec } = observation.resource;
  const applied = credentialsAppliedCondition(desired, observation);
  const states: ConditionState[] = [
    configValid('True', 'Valid', 'the exporter accepts the configuration'),
    credentialsResolvedCondition(desired),
    applied,
    workloadCondition(observation),
    deliveringCondition(observation),
    ...incompleteCondition(observation),
    ...throttledCondition(observation),
    ...suspendedState(spec.suspend),
  ];
  const ready = readiness({
    blocker: findBlocker(states, writes, spec.enabled),
    whenReady: spec.enabled
      ? { reason: 'Delivering', message: 'records reach Kafka' }
      : { reason: 'Disabled', message: 'spec.enabled is false: nothing is exported' },
    suspended: spec.suspend,
    previous: previous.conditions ?? [],
    generation: input.generation,
    nowMs: input.nowMs,
  });
  const deployment = observation.owned.find(({ kind }) => kind === 'Deployment');
  return {
    status: {
      observedGeneration: input.generation,
      conditions: conditionsOf(input, [...states, ...ready.states]),
      config: { hash: desired.configHash },
      ...(desired.authenticated || previous.credentials !== undefined
        ? credentialsStatus(input, desired.published?.revision, applied)
        : {}),
      readyReplicas: deployment === undefined ? 0 : rollout(deployment).readyReplicas,
      selector: podSelector(input.resourceName),
    },
    lookAgainMs: ready.lookAgainMs,
  };
}

/** An invalid spec does not change the running exporter, so the rest of the status stays. */
function invalidStatus(input: StatusInput, problems: readonly string[]): StatusResult {
  const message = problems.join('; ');
  const reason = 'InvalidSpec';
  const { lookAgainMs, states } = readiness({
    blocker: { reason, message, terminal: true },
    whenReady: { reason, message },
    suspended: false,
    previous: input.previous.conditions ?? [],
    generation: input.generation,
    nowMs: input.nowMs,
  });
  return {
    status: {
      ...input.previous,
      observedGeneration: input.generation,
      conditions: conditionsOf(input, [configValid('False', reason, message), ...states]),
    },
    lookAgainMs,
  };
}

function conditionsOf(
  input: StatusInput,
  states: readonly ConditionState[],
): NonNullable<KafkaExporterStatus['conditions']> {
  return writeConditions(states, {
    previous: input.previous.conditions ?? [],
    generation: input.generation,
    nowMs: input.nowMs,
  });
}

function suspendedState(suspended: boolean): ConditionState[] {
  return suspended
    ? [
        setter('Suspended')(
          'True',
          'Suspended',
          'spec.suspend is true: the operator changes nothing',
        ),
      ]
    : [];
}

function credentialsStatus(
  input: StatusInput,
  desiredRevision: number | undefined,
  applied: ConditionState,
): Pick<KafkaExporterStatus, 'credentials'> {
  const before = input.previous.credentials;
  // The counter must also be in the status. Otherwise it would start again at 1 after the Secret is deleted.
  const revision = desiredRevision ?? before?.desiredRevision;
  if (revision === undefined) return {};
  const appliedRevision = applied.status === 'True' ? revision : before?.appliedRevision;
  return {
    credentials: {
      desiredRevision: revision,
      ...(appliedRevision === undefined ? {} : { appliedRevision }),
    },
  };
}
