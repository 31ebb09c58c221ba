import type { EventsV1Event } from '@kubernetes/client-node';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { instanceName } from '../../desired/names.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { KubeError } from '../../kube/kube-error.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import { createEventSeriesBook, type EventSeries } from './event-series.ts';
import type { Transition } from './transitions.ts';

/** Writes Events, which `kubectl describe` shows. */
export interface EventRecorder {
  /** Never fails, because Events are not essential. A repetition is counted in the Event that is there already. */
  record(resource: KubeObject, transition: Transition): Promise<void>;
}

/** What recording needs. */
export interface EventRecorderDeps {
  readonly client: Pick<KubeClient, 'createEvent' | 'patchEvent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of the reporting instance, such as the operator's pod. */
  readonly instance: string;
}

const CONTROLLER = 'export.deepflow.io/operator';
const LONGEST_NOTE = 1_000;

/** A recorder of Events of the group events.k8s.io. */
export function createEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const book = createEventSeriesBook();
  return {
    record: async (resource, transition) => {
      const note = transition.note.slice(0, LONGEST_NOTE);
      const occurrence = { ...transition, note };
      const series = book.observe(resource.metadata.uid, occurrence, deps.clock.monotonicMs());
      if (series === undefined) return;
      try {
        if (!(await wasContinued(deps, resource, series))) {
          series.name = await deps.client.createEvent(
            resource.metadata.namespace ?? '',
            eventOf(deps, resource, { ...occurrence, series }),
          );
        }
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        deps.logger.warn(
          { problem: error.message, resource: keyOf(resource) },
          'writing an Event failed',
        );
      }
    },
  };
}

/** Counts the repetition in the Event. Returns false if there is no Event yet, or no longer: Events live for an hour. */
async function wasContinued(
  { client, clock }: EventRecorderDeps,
  resource: KubeObject,
  series: EventSeries,
): Promise<boolean> {
  if (series.name === undefined) return false;
  try {
    await client.patchEvent(resource.metadata.namespace ?? '', series.name, {
      series: { count: series.count, lastObservedTime: microTime(clock) },
    });
    return true;
  } catch (error) {
    if (!(error instanceof KubeError) || error.failure !== 'missing') throw error;
    series.count = 1;
    return false;
  }
}

function eventOf(
  { clock, instance }: EventRecorderDeps,
  resource: KubeObject,
  { type, reason, series }: Transition & { readonly series: EventSeries },
): Readonly<Record<string, unknown>> {
  const { apiVersion, kind, metadata } = resource;
  const { name, namespace = '', uid } = metadata;
  const eventTime = microTime(clock);
  const { count, note } = series;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { generateName: `${instanceName(name)}-`, namespace },
    eventTime,
    regarding: { apiVersion, kind, name, namespace, uid },
    reportingController: CONTROLLER,
    reportingInstance: instance,
    action: 'Reconcile',
    type,
    reason,
    note,
    ...(count > 1 ? { series: { count, lastObservedTime: eventTime } } : {}),
  } satisfies WithTextTimes;
}

/** The times of an Event as they are sent. */
type WithTextTimes = Omit<EventsV1Event, 'eventTime' | 'series'> & {
  readonly eventTime: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
};

/** The time in the format MicroTime: six digits after the second. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z');
}
