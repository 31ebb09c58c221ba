import { topicOf } from '../../../deepflow/data-sources.ts';
import {
  type Condition,
  type ConditionState,
  rfc3339Seconds,
} from '../../api/status/conditions.ts';
import type { ConditionReason } from '../../api/status/condition-reasons.ts';
import { type DeliveryStatus, ERROR_MESSAGE_MAX } from '../../api/status/delivery-status.ts';
import type { KafkaExporterSpec } from '../../api/kafka-exporter-spec.ts';
import { topicTemplate } from '../../desired/exporter-config.ts';
import { deliveryView } from '../observe/delivery-view.ts';
import type { Observation } from '../observe/observation.ts';

/** Reasons of Delivering for which nothing has to be repaired. */
const ORDINARY: ReadonlySet<string> = new Set<ConditionReason>(['Disabled', 'Starting']);

/** Inputs of `status.delivery`. */
export interface DeliveryInput {
  readonly observation: Observation;
  /** False: the spec is invalid, and the topics of the last valid spec are in use. */
  readonly valid: boolean;
  /** The condition Delivering as it is now. */
  readonly delivering: ConditionState | undefined;
  /** The condition Delivering as it was written last. */
  readonly deliveringBefore: Condition | undefined;
  readonly previous: DeliveryStatus | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** `status.delivery`. A resource whose pods do their work has the same bytes all the time. */
export function deliveryStatusOf(input: DeliveryInput): DeliveryStatus {
  const { observation, previous } = input;
  const { spec } = observation.resource;
  const reports = observation.pods.filter(({ running }) => running).map(({ report }) => report);
  const { lag, unownedShards } = deliveryView(reports, spec, previous?.lag);
  const topics = input.valid ? topicsOf(spec) : previous?.topics;
  const lastError = lastErrorOf(input);
  return {
    ...(lag === undefined ? {} : { lag }),
    ...(topics === undefined ? {} : { topics }),
    ...(unownedShards.length === 0 ? {} : { unownedShards: [...unownedShards] }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

function topicsOf(spec: KafkaExporterSpec): Record<string, string> {
  const template = topicTemplate(spec);
  return Object.fromEntries(
    spec.dataSources.map((dataSource) => [dataSource, topicOf(template, dataSource)]),
  );
}

/** The problem of now, or else the one before. A problem that lasts keeps the time when it was first seen. */
function lastErrorOf({
  delivering,
  deliveringBefore,
  previous,
  nowMs,
}: DeliveryInput): DeliveryStatus['lastError'] {
  const before = previous?.lastError;
  if (delivering?.status !== 'False' || ORDINARY.has(delivering.reason)) return before;
  const { reason, message } = delivering;
  const lasts = deliveringBefore?.status === 'False' && deliveringBefore.reason === reason;
  return {
    reason,
    message: shortened(message),
    time: lasts && before?.reason === reason ? before.time : rfc3339Seconds(nowMs),
  };
}

function shortened(message: string): string {
  return message.length > ERROR_MESSAGE_MAX
    ? `${message.slice(0, ERROR_MESSAGE_MAX - 1)}…`
    : message;
}
