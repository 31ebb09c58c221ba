import { z } from 'zod';
import type { KubeObject } from '../operator/kube/kube-object.ts';

const text = z.string();
const revision = z.int();
/** The API has 16 at most; another version may have more. */
const CONDITIONS_MAX = 32;

/**
 * The fields that are shown. A field that is absent or has another form is left out, so that the resources of an older or newer
 * operator can be shown as well.
 */
const shownFields = z.object({
  metadata: z.object({ creationTimestamp: z.iso.datetime().optional().catch(undefined) }),
  spec: z
    .object({
      dataSources: z.array(text).catch([]),
      source: z.object({ http: z.unknown() }).optional().catch(undefined),
    })
    .catch({ dataSources: [], source: undefined }),
  status: z
    .object({
      conditions: z
        .array(
          z.object({
            type: text,
            status: text,
            reason: text,
            message: text,
            lastTransitionTime: z.iso.datetime().optional().catch(undefined),
          }),
        )
        .transform((conditions) => conditions.slice(0, CONDITIONS_MAX))
        .catch([]),
      pods: text.optional().catch(undefined),
      credentials: z
        .object({ desiredRevision: revision, appliedRevision: revision.optional() })
        .optional()
        .catch(undefined),
      delivery: z
        .object({
          lag: text.optional().catch(undefined),
          topics: z.record(text, text).catch({}),
          unownedShards: z.array(z.int()).optional().catch(undefined),
          lastError: z
            .object({ reason: text, message: text, time: z.iso.datetime() })
            .optional()
            .catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** What is kept of a KafkaExporter. */
export interface ShownResource {
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string | undefined;
  readonly dataSources: readonly string[];
  readonly source: 'ClickHouse' | 'HTTP';
  /** Undefined: no operator has written a status yet. */
  readonly status: z.infer<typeof shownFields>['status'];
}

/** The shown part of a KafkaExporter. */
export function shownResource(object: KubeObject): ShownResource {
  const { metadata, spec, status } = shownFields.parse(object);
  return {
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    createdAt: metadata.creationTimestamp,
    dataSources: spec.dataSources,
    source: spec.source?.http === undefined ? 'ClickHouse' : 'HTTP',
    status,
  };
}
