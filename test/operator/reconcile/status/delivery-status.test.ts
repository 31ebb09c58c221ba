import { describe, expect, it } from 'vitest';
import type { Condition, ConditionState } from '../../../../src/operator/api/status/conditions.ts';
import type { DeliveryStatus } from '../../../../src/operator/api/status/delivery-status.ts';
import { deliveryStatusOf } from '../../../../src/operator/reconcile/status/delivery-status.ts';
import { samplePod, sampleReport, settledObservation } from '../../sample-observation.ts';
import { sampleResource } from '../../sample-resource.ts';

const NOW = '2026-01-01T00:20:00Z';
const EARLIER = '2026-01-01T00:00:00Z';
const WORKS: ConditionState = {
  type: 'Delivering',
  status: 'True',
  reason: 'Delivering',
  message: 'records reach Kafka',
};
const FAILS: ConditionState = { ...WORKS, status: 'False', reason: 'TableMissing', message: 'm' };
const asWritten = (state: ConditionState): Condition => ({ ...state, lastTransitionTime: EARLIER });

interface Case {
  readonly delivering?: ConditionState;
  readonly before?: ConditionState;
  readonly previous?: DeliveryStatus;
  readonly lagSeconds?: number;
  readonly valid?: boolean;
}

function compute({ delivering = WORKS, before, previous, lagSeconds = 32, valid = true }: Case) {
  const dataSources = ['flow_log.l7_flow_log', 'event.file_event'];
  const resource = sampleResource({ dataSources, topic: 'df.{table}' });
  return deliveryStatusOf({
    observation: settledObservation(resource, {
      pods: [
        samplePod({ report: sampleReport({ lagSeconds, shardCount: 2, shards: [1] }) }),
        samplePod({ running: false, report: undefined }),
      ],
    }),
    valid,
    delivering,
    deliveringBefore: before && asWritten(before),
    previous,
    nowMs: Date.parse(NOW),
  });
}

const topics = {
  'flow_log.l7_flow_log': 'df.l7_flow_log',
  'event.file_event': 'df.file_event',
};

describe('status.delivery', () => {
  it('has the lag, the topics of all data sources, and the shards without a running pod', () => {
    expect(compute({})).toEqual({ lag: '<1m', topics, unownedShards: [0] });
  });

  it('is the same bytes while a healthy exporter works', () => {
    let status = compute({ lagSeconds: 30 });
    const first = JSON.stringify(status);
    for (let lagSeconds = 30; lagSeconds < 48; lagSeconds += 1) {
      status = compute({ lagSeconds, previous: status, before: WORKS });
      expect(JSON.stringify(status)).toBe(first);
    }
  });

  it('keeps the topics of the last valid spec while the spec is invalid', () => {
    const previous = { topics: { 'flow_log.l7_flow_log': 'former' } };
    expect(compute({ valid: false, previous }).topics).toEqual(previous.topics);
  });
});

describe('the last error', () => {
  const lastError = { reason: 'TableMissing', message: 'm', time: EARLIER };

  it('has the time when it was first seen, and keeps it while the problem lasts', () => {
    expect(compute({ delivering: FAILS }).lastError).toEqual({ ...lastError, time: NOW });
    const lasting = { delivering: FAILS, before: FAILS, previous: { lastError } };
    expect(compute(lasting).lastError).toEqual(lastError);
  });

  it('stays after the recovery, and has a new time when the problem comes back', () => {
    expect(compute({ previous: { lastError }, before: FAILS }).lastError).toEqual(lastError);
    const back = { delivering: FAILS, before: WORKS, previous: { lastError } };
    expect(compute(back).lastError).toEqual({ ...lastError, time: NOW });
  });

  it('is not a start or a switch', () => {
    for (const reason of ['Starting', 'Disabled'] as const) {
      expect(compute({ delivering: { ...FAILS, reason } }).lastError).toBeUndefined();
    }
  });

  it('is bounded', () => {
    const long = { ...FAILS, message: 'x'.repeat(3_000) };
    expect(compute({ delivering: long }).lastError?.message).toHaveLength(1_024);
  });
});
