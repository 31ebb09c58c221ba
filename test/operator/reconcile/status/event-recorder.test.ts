import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import { kubeObject, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import {
  createEventRecorder,
  type EventRecorder,
} from '../../../../src/operator/reconcile/status/event-recorder.ts';
import type { Transition } from '../../../../src/operator/reconcile/status/transitions.ts';
import { createManualClock, type ManualClock } from '../../../lib/manual-clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';

const MINUTE = 60_000;
const READY: Transition = { type: 'Normal', reason: 'Delivering', note: 'records reach Kafka' };
const FAILS: Transition = { type: 'Warning', reason: 'TableMissing', note: 'no table' };

interface Setup {
  readonly clock: ManualClock;
  readonly recorder: EventRecorder;
  /** The Events in the cluster by name: note and count. */
  readonly events: Map<string, { note: string; count: number }>;
  writes: number;
}

const written = z.looseObject({
  note: z.string().default(''),
  series: z.object({ count: z.int(), lastObservedTime: z.iso.datetime() }).optional(),
});

function open(): Setup {
  const clock = createManualClock();
  const events: Setup['events'] = new Map();
  const recorder = createEventRecorder({
    clock,
    logger: silentLogger,
    instance: 'operator-0',
    client: {
      createEvent: (_namespace, event) => {
        setup.writes += 1;
        const name = `event-${events.size}`;
        const { note, series } = written.parse(event);
        events.set(name, { note, count: series?.count ?? 1 });
        return Promise.resolve(name);
      },
      patchEvent: (_namespace, name, patch) => {
        setup.writes += 1;
        const event = events.get(name);
        if (event === undefined) {
          const detail = { status: 404, reason: 'NotFound', message: 'not found' };
          return Promise.reject(new KubeError('PATCH', detail));
        }
        event.count = written.parse(patch).series?.count ?? 0;
        return Promise.resolve();
      },
    },
  });
  const setup = { clock, recorder, events, writes: 0 };
  return setup;
}

const resource = (uid = 'uid-1'): KubeObject =>
  kubeObject.parse({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'l7', namespace: 'observability', uid },
  });

describe('an Event', () => {
  it('that repeats is counted in the Event that is there, not written again', async () => {
    const { recorder, events } = open();
    for (let i = 0; i < 5; i += 1) await recorder.record(resource(), READY);
    await recorder.record(resource(), FAILS);
    expect([...events.values()]).toEqual([
      { note: READY.note, count: 5 },
      { note: FAILS.note, count: 1 },
    ]);
  });

  it('is written again after it has expired in the cluster', async () => {
    const { recorder, events } = open();
    for (let i = 0; i < 3; i += 1) await recorder.record(resource(), READY);
    events.clear();
    await recorder.record(resource(), READY);
    expect([...events.values()]).toEqual([{ note: READY.note, count: 1 }]);
    await recorder.record(resource(), READY);
    expect([...events.values()]).toEqual([{ note: READY.note, count: 2 }]);
  });

  it('of a resource that was created again is another Event', async () => {
    const { recorder, events } = open();
    await recorder.record(resource('uid-1'), READY);
    await recorder.record(resource('uid-2'), READY);
    expect(events.size).toBe(2);
  });

  it('whose notes differ all the time shares one Event after ten, for ten minutes', async () => {
    const { clock, recorder, events } = open();
    for (let i = 0; i < 14; i += 1) await recorder.record(resource(), { ...FAILS, note: `${i}` });
    expect([...events.values()].slice(9)).toEqual([
      { note: '9', count: 1 },
      { note: '(combined from similar events): 10', count: 4 },
    ]);
    await recorder.record(resource(), { ...FAILS, note: '3' });
    expect(events.size).toBe(11);
    await clock.advance(11 * MINUTE);
    await recorder.record(resource(), { ...FAILS, note: 'new' });
    expect([...events.values()].at(-1)).toEqual({ note: 'new', count: 1 });
  });
});

describe('a resource that flaps', () => {
  it('200 times makes at most 25 writes, and two Events', async () => {
    const setup = open();
    const { recorder, events } = setup;
    for (let i = 0; i < 200; i += 1) await recorder.record(resource(), i % 2 === 0 ? READY : FAILS);
    expect(events.size).toBe(2);
    expect(setup.writes).toBe(25);
  });

  it('has one more write after five minutes, with the whole count, and does not slow others', async () => {
    const setup = open();
    const { clock, recorder, events } = setup;
    for (let i = 0; i < 100; i += 1) await recorder.record(resource(), READY);
    await recorder.record(resource('uid-2'), FAILS);
    expect(setup.writes).toBe(26);
    await clock.advance(5 * MINUTE);
    for (let i = 0; i < 100; i += 1) await recorder.record(resource(), READY);
    expect(setup.writes).toBe(27);
    expect(events.get('event-0')?.count).toBe(101);
  });
});
