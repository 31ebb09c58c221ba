import {
  type Condition,
  type ConditionState,
  type ConditionType,
  findCondition,
  setter,
  WARNING_CONDITIONS,
  writeConditions,
} from '../../api/status/conditions.ts';
import { newestRevision } from '../../credentials/publish-credentials.ts';
import type { DeliveryStatus } from '../../api/status/delivery-status.ts';
import type { KafkaExporterStatus } from '../../api/kafka-exporter.ts';
import { podSelector } from '../../desired/labels.ts';
import { rollout } from '../observe/deployment-state.ts';
import type { Observation } from '../observe/observation.ts';
import type { SharedTopic } from '../observe/specs-in-force.ts';
import type { Outcome } from '../outcome.ts';
import { deliveryStatusOf } from './delivery-status.ts';
import { type Blocker, findBlocker, readiness } from './ready-condition.ts';
import { contestedCondition } from './contested-condition.ts';
import { incompleteCondition } from './incomplete-condition.ts';
import { monitorCondition } from './monitor-condition.ts';
import { throttledCondition } from './throttled-condition.ts';
import {
  credentialsAppliedCondition,
  credentialsResolvedCondition,
} from './credentials-conditions.ts';
import { deliveringCondition } from './delivering-condition.ts';
import { sharedTopicCondition } from './shared-topic-condition.ts';
import { shardsCondition } from './shards-condition.ts';
import { workloadCondition } from './workload-condition.ts';

/** Inputs of a status. */
export interface StatusInput {
  readonly resourceName: string;
  readonly generation: number;
  readonly outcome: Outcome;
  /** Undefined if the spec cannot be parsed, or observing failed. */
  readonly observation: Observation | undefined;
  /** Topics of the spec in force that other resources write, too, in the same Kafka. */
  readonly sharedTopics: readonly SharedTopic[];
  readonly previous: KafkaExporterStatus;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

const configValid = setter('ConfigValid');

/** Conditions that every status computes. */
const READINESS: readonly ConditionType[] = ['Ready', 'Reconciling', 'Stalled'];
/** Conditions of the workload that exist only while they are true. */
const ONLY_WHILE_TRUE: readonly ConditionType[] = [...WARNING_CONDITIONS, 'Suspended'];

/** A status to write, and after how many milliseconds to reconcile again without any event. */
export interface StatusResult {
  readonly status: KafkaExporterStatus;
  readonly lookAgainMs: number | undefined;
}

/** The status of a resource. A pure function: the same input gives the same bytes. */
export function statusOf(input: StatusInput): StatusResult {
  const { outcome, observation, previous } = input;
  if (outcome.kind === 'failed') {
    const reason = 'ReconcileFailed';
    return keptStatus(input, [], { reason, message: outcome.message, terminal: false });
  }
  if (outcome.kind === 'invalid') return invalidStatus(input, outcome);
  if (observation === undefined) throw new Error('a reconciled resource was not observed');
  const { desired, writes } = outcome;
  const { spec } = observation.resource;
  const applied = credentialsAppliedCondition(desired, observation);
  const config = configState(outcome);
  const states: ConditionState[] = [
    config,
    credentialsResolvedCondition(desired),
    applied,
    ...workloadStates(observation, input.sharedTopics),
    ...contestedCondition(outcome.contested),
  ];
  const { message, reason } = findCondition(states, 'Delivering') ?? config;
  const ready = readiness({
    blocker:
      config.status === 'False'
        ? { ...config, terminal: true }
        : findBlocker(states, writes, spec.enabled),
    whenReady: { reason, message },
    suspended: spec.suspend,
    previous: previous.conditions ?? [],
    generation: input.generation,
    nowMs: input.nowMs,
  });
  return {
    status: {
      observedGeneration: input.generation,
      conditions: conditionsOf(input, [...states, ...ready.states]),
      ...(desired.authenticated || previous.credentials !== undefined
        ? credentialsStatus(input, newestRevision(desired.publication), applied)
        : {}),
      ...workloadStatus(observation, previous),
      delivery: deliveryOf(input, observation, states),
      selector: podSelector(input.resourceName),
    },
    lookAgainMs: ready.lookAgainMs,
  };
}

/** The condition ConfigValid of a resource whose current spec, or last valid spec, was reconciled. */
function configState({
  desired,
  refused,
}: Extract<Outcome, { kind: 'reconciled' }>): ConditionState {
  if (refused === undefined) {
    return configValid('True', 'Valid', 'the exporter accepts the configuration');
  }
  const kept = desired.manifests.some(({ kind }) => kind === 'Deployment')
    ? 'the last valid spec stays in force'
    : 'the Deployment stays as it is';
  return configValid('False', refused.reason, `${refused.problems.join('; ')}; ${kept}`);
}

/** The conditions of the running workload. */
function workloadStates(
  observation: Observation,
  sharedTopics: readonly SharedTopic[],
): ConditionState[] {
  return [
    workloadCondition(observation),
    deliveringCondition(observation),
    ...incompleteCondition(observation),
    ...throttledCondition(observation),
    ...shardsCondition(observation),
    ...sharedTopicCondition(sharedTopics),
    ...monitorCondition(observation),
    ...suspendedState(observation.resource.spec.suspend),
  ];
}

/** The configuration that every running pod uses (during a rollout, the former one stays), and how many pods are ready. */
function workloadStatus(
  { owned, pods, resource: { spec } }: Observation,
  previous: KafkaExporterStatus,
): Pick<KafkaExporterStatus, 'config' | 'pods' | 'readyReplicas' | 'replicas'> {
  const deployment = owned.find(({ kind }) => kind === 'Deployment');
  const used = new Set(
    pods.flatMap(({ running, configHash }) =>
      running && configHash !== undefined ? [configHash] : [],
    ),
  );
  const former = previous.config?.hash;
  const [first] = used;
  const hash = former !== undefined && used.has(former) ? former : first;
  const wanted = spec.enabled ? (spec.replicas ?? 1) : 0;
  const { presentReplicas, readyReplicas, replicas } =
    deployment === undefined
      ? { presentReplicas: 0, readyReplicas: 0, replicas: wanted }
      : rollout(deployment);
  return {
    ...(hash === undefined ? {} : { config: { hash } }),
    replicas: presentReplicas,
    readyReplicas,
    pods: `${readyReplicas}/${replicas}`,
  };
}

function deliveryOf(
  { nowMs, outcome, previous }: StatusInput,
  observation: Observation,
  states: readonly ConditionState[],
): DeliveryStatus {
  return deliveryStatusOf({
    observation,
    valid: outcome.kind === 'reconciled',
    delivering: findCondition(states, 'Delivering'),
    deliveringBefore: findCondition(previous.conditions, 'Delivering'),
    previous: previous.delivery,
    nowMs,
  });
}

/** An invalid spec does not change the running exporter, which is still observed if the spec could be parsed. */
function invalidStatus(
  input: StatusInput,
  { problems, reason }: Extract<Outcome, { kind: 'invalid' }>,
): StatusResult {
  const { observation } = input;
  const message = problems.join('; ');
  const states = [
    configValid('False', reason, message),
    ...(observation === undefined ? [] : workloadStates(asItRuns(observation), input.sharedTopics)),
  ];
  return keptStatus(input, states, { reason, message, terminal: true });
}

/** The observation of an exporter whose new spec is not applied: it is enabled if its Deployment has pods. */
function asItRuns(observation: Observation): Observation {
  const { owned, resource } = observation;
  const deployment = owned.find(({ kind }) => kind === 'Deployment');
  const enabled = deployment === undefined || rollout(deployment).replicas > 0;
  return { ...observation, resource: { ...resource, spec: { ...resource.spec, enabled } } };
}

/** A status with these conditions, in which all that is not known again stays as it was. */
function keptStatus(
  input: StatusInput,
  states: readonly ConditionState[],
  blocker: Blocker,
): StatusResult {
  const { generation, nowMs, observation, previous, resourceName } = input;
  const before = previous.conditions ?? [];
  const { lookAgainMs, states: ready } = readiness({
    blocker,
    whenReady: blocker,
    suspended: false,
    previous: before,
    generation,
    nowMs,
  });
  const computed = new Set<ConditionType>([
    ...READINESS,
    ...(observation === undefined ? [] : ONLY_WHILE_TRUE),
    ...states.map(({ type }) => type),
  ]);
  const kept = before.filter(({ type }) => !computed.has(type));
  const { credentials } = previous;
  return {
    status: {
      ...(observation === undefined
        ? previous
        : {
            ...(credentials === undefined ? {} : { credentials }),
            ...workloadStatus(observation, previous),
            delivery: deliveryOf(input, observation, states),
            selector: podSelector(resourceName),
          }),
      observedGeneration: generation,
      conditions: conditionsOf(input, [...states, ...ready], kept),
    },
    lookAgainMs,
  };
}

function conditionsOf(
  input: StatusInput,
  states: readonly ConditionState[],
  kept: readonly Condition[] = [],
): NonNullable<KafkaExporterStatus['conditions']> {
  const { generation, nowMs, previous } = input;
  return writeConditions(states, { previous: previous.conditions ?? [], generation, nowMs }, kept);
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
