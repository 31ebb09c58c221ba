import { kafkaExporter } from '../../api/kafka-exporter.ts';
import { referencedSecrets } from '../../credentials/credential-needs.ts';
import { EXPORTER_LABEL } from '../../desired/labels.ts';
import { instanceName } from '../../desired/names.ts';
import { FIELD_MANAGER } from '../../kube/kube-client.ts';
import { controllerUidOf, type KubeObject } from '../../kube/kube-object.ts';

/** The uid of the object that controls this one. */
export function ownerUid(object: KubeObject): string[] {
  const uid = controllerUidOf(object);
  return uid === undefined ? [] : [uid];
}

/** `namespace/instance` of a resource, as its pods carry it. */
export function instanceOfResource({ metadata }: KubeObject): string[] {
  return [`${metadata.namespace ?? ''}/${instanceName(metadata.name)}`];
}

/** `namespace/instance` of the resource that an object carries in its label. */
export function instanceOfLabels({ metadata }: KubeObject): string[] {
  const label = metadata.labels?.[EXPORTER_LABEL];
  return label === undefined ? [] : [`${metadata.namespace ?? ''}/${label}`];
}

/** `namespace/name` of each Secret that a resource refers to; none of an invalid resource. */
export function secretsOfResource(object: KubeObject): string[] {
  const parsed = kafkaExporter.safeParse(object);
  if (!parsed.success) return [];
  const namespace = object.metadata.namespace ?? '';
  return referencedSecrets(parsed.data.spec).map((name) => `${namespace}/${name}`);
}

/** An object that is never applied needs no account of who owns its fields. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

/** Our own entry says which fields we hold; those of controllers and kubectl are large and no use. */
export function ownManagedFields(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.filter(
    ({ manager }) => manager === FIELD_MANAGER,
  );
  return {
    ...object,
    metadata: { ...object.metadata, ...(managedFields === undefined ? {} : { managedFields }) },
  };
}

/** kubectl copies a Secret's content into an annotation; neither that nor the labels may stay here. */
export function identityOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(namespace === undefined ? {} : { namespace }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  };
}
