import { topicOf } from '../../../deepflow/data-sources.ts';
import { KAFKA_EXPORTER_API, type KafkaExporter, kafkaExporter } from '../../api/kafka-exporter.ts';
import { type KeySource, referencedNames } from '../../credentials/credential-needs.ts';
import { topicTemplate } from '../../desired/exporter-config.ts';
import { EXPORTER_LABEL } from '../../desired/labels.ts';
import { instanceName, workloadName } from '../../desired/names.ts';
import { FIELD_MANAGER } from '../../kube/kube-client.ts';
import { controllerUidOf, type KubeObject } from '../../kube/kube-object.ts';

/** The uid of an object's controller. */
export function ownerUid(object: KubeObject): string[] {
  const uid = controllerUidOf(object);
  return uid === undefined ? [] : [uid];
}

/** The key of the resource that controls an object. */
export function ownerKey({ metadata }: KubeObject): string[] {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner?.kind === KAFKA_EXPORTER_API.kind
    ? [`${metadata.namespace ?? ''}/${owner.name}`]
    : [];
}

/** `namespace/name` of the objects that a resource controls. */
export function workloadOfResource({ metadata }: KubeObject): string[] {
  return [`${metadata.namespace ?? ''}/${workloadName(metadata.name)}`];
}

/** `namespace/instance` of a resource; its pods have the instance in a label. */
export function instanceOfResource({ metadata }: KubeObject): string[] {
  return [`${metadata.namespace ?? ''}/${instanceName(metadata.name)}`];
}

/** `namespace/instance` of the resource that an object names in its label. */
export function instanceOfLabels({ metadata }: KubeObject): string[] {
  const label = metadata.labels?.[EXPORTER_LABEL];
  return label === undefined ? [] : [`${metadata.namespace ?? ''}/${label}`];
}

/** The references of a resource as in `referencesOf`; empty for an invalid resource. */
export function referencesOfResource(object: KubeObject): readonly string[] {
  const parsed = kafkaExporter.safeParse(object);
  return parsed.success ? referencesOf(parsed.data) : [];
}

/** `kind namespace/name` of each Secret and ConfigMap that a resource refers to. */
export function referencesOf({ metadata, spec }: KafkaExporter): readonly string[] {
  return (['Secret', 'ConfigMap'] as const).flatMap((kind) =>
    referencedNames(spec, kind).map((name) => referenceKey(kind, `${metadata.namespace}/${name}`)),
  );
}

/** The key of `referencesOf` for an object. */
export function referenceKey(kind: KeySource['kind'], key: string): string {
  return `${kind} ${key}`;
}

/** A topic of a resource. */
export interface WrittenTopic {
  readonly name: string;
  /** `broker topic` for each address of a broker. */
  readonly keys: readonly string[];
}

/** The topics that a resource writes, each once; none while it is disabled. */
export function topicsOf({ spec }: KafkaExporter): readonly WrittenTopic[] {
  if (!spec.enabled) return [];
  const template = topicTemplate(spec);
  const names = new Set(spec.dataSources.map((dataSource) => topicOf(template, dataSource)));
  return [...names].map((name) => ({
    name,
    keys: spec.endpoints.map((endpoint) => `${endpoint} ${name}`),
  }));
}

/** An object without `managedFields`. Only objects that the operator applies need them. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

/**
 * An object with only those entries of `managedFields` that are ours, or that say who set fields of the spec. Entries of the
 * controllers, which are large, are about the status.
 */
export function managedFieldsOfSpec(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.filter(
    ({ fieldsV1, manager, subresource = '' }) =>
      manager === FIELD_MANAGER || (subresource === '' && fieldsV1?.['f:spec'] !== undefined),
  );
  return {
    ...object,
    metadata: { ...object.metadata, ...(managedFields === undefined ? {} : { managedFields }) },
  };
}

/** An object with only its identity, its controller and the label that names its resource. */
export function identityOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  const instance = metadata.labels?.[EXPORTER_LABEL];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(namespace === undefined ? {} : { namespace }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(instance === undefined ? {} : { labels: { [EXPORTER_LABEL]: instance } }),
    },
  };
}
