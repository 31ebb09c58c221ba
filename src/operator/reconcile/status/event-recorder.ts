import type { EventsV1Event } from '@kubernetes/client-node';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { instanceName } from '../../desired/names.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { KubeError } from '../../kube/kube-error.ts';
import { keyOf, type KubeObject } from '../../kube/kube-object.ts';
import type { Transition } from './transitions.ts';

/** Writes Events, which `kubectl describe` shows. */
export interface EventRecorder {
  /** Never fails, because Events are not essential. */
  record(resource: KubeObject, transition: Transition): Promise<void>;
}

/** What recording needs. */
export interface EventRecorderDeps {
  readonly client: Pick<KubeClient, 'createEvent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of the reporting instance, such as the operator's pod. */
  readonly instance: string;
}

const CONTROLLER = 'export.deepflow.io/operator';
const LONGEST_NOTE = 1_000;

/** A recorder of Events of the group events.k8s.io. */
export function createEventRecorder(deps: EventRecorderDeps): EventRecorder {
  return {
    record: async (resource, transition) => {
      const { apiVersion, kind, metadata } = resource;
      const { name, namespace = '', uid } = metadata;
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { generateName: `${instanceName(name)}-`, namespace },
        // MicroTime: six digits after the second.
        eventTime: new Date(deps.clock.now()).toISOString().replace('Z', '000Z'),
        regarding: { apiVersion, kind, name, namespace, uid },
        reportingController: CONTROLLER,
        reportingInstance: deps.instance,
        action: 'Reconcile',
        type: transition.type,
        reason: transition.reason,
        note: transition.note.slice(0, LONGEST_NOTE),
      } satisfies Omit<EventsV1Event, 'eventTime'> & { eventTime: string };
      try {
        await deps.client.createEvent(namespace, event);
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
