import { type KafkaExporter, KAFKA_EXPORTER_API } from '../api/kafka-exporter.ts';
import { ownedLabels } from './labels.ts';

/** Metadata of an owned object: labels, and the owner reference, with which the garbage collector deletes it. */
export interface OwnedMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly ownerReferences: {
    readonly apiVersion: string;
    readonly blockOwnerDeletion: true;
    readonly controller: true;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
  }[];
  readonly [field: string]: unknown;
}

/** Metadata of an object that a resource owns. */
export function ownedMetadata(resource: KafkaExporter, name: string): OwnedMetadata {
  const { group, version, kind } = KAFKA_EXPORTER_API;
  return {
    name,
    namespace: resource.metadata.namespace,
    labels: { ...ownedLabels(resource.metadata.name) },
    ownerReferences: [
      {
        apiVersion: `${group}/${version}`,
        blockOwnerDeletion: true,
        controller: true,
        kind,
        name: resource.metadata.name,
        uid: resource.metadata.uid,
      },
    ],
  };
}
