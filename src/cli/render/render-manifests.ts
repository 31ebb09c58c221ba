import { dump } from 'js-yaml';
import { z } from 'zod';
import { CREDENTIAL_FILES } from '../../exporter/contract/credential-files.ts';
import type { KafkaExporter } from '../../operator/api/kafka-exporter.ts';
import {
  type CredentialNeed,
  credentialNeeds,
} from '../../operator/credentials/credential-needs.ts';
import { ACCEPTED_SPEC } from '../../operator/desired/accepted-spec.ts';
import { renderExporterConfig } from '../../operator/desired/exporter-config.ts';
import { ownedManifests } from '../../operator/desired/owned-manifests.ts';
import type { KubeManifest } from '../../operator/kube/kube-object.ts';

/** The options of the operator on which its objects depend. */
export interface RenderOptions {
  readonly exporterImage: string;
  readonly installation: string;
  readonly platformSecurityContext: boolean;
}

/** The uid of a resource that no API server has stored yet. */
const UNKNOWN_UID = '00000000-0000-0000-0000-000000000000';

/**
 * The objects that the operator applies for a resource, as YAML documents: the same bytes for the same resource. Values of
 * Secrets are not known here; in their place stands where the operator copies them from.
 *
 * @throws Error when the operator would refuse the resource.
 */
export function renderManifests(given: KafkaExporter, options: RenderOptions): string {
  const { metadata, spec } = given;
  const resource = { metadata: { ...metadata, uid: metadata.uid || UNKNOWN_UID }, spec };
  const rendered = renderExporterConfig(resource, options.installation);
  if (rendered.kind === 'invalid') throw new Error(rendered.problems.join('\n'));
  const needs = credentialNeeds(spec);
  const manifests = ownedManifests(resource, rendered, {
    image: options.exporterImage,
    platformSecurityContext: options.platformSecurityContext,
    published: needs.length === 0 ? undefined : { data: {}, revision: 1 },
    candidate: undefined,
    servesPodMonitors: true,
    runnable: true,
  });
  return manifests
    .map((manifest) => (manifest.kind === 'Secret' ? withoutValues(manifest, needs) : manifest))
    .map((manifest) => `---\n${text(manifest)}`)
    .join('');
}

function withoutValues(secret: KubeManifest, needs: readonly CredentialNeed[]): KubeManifest {
  const files = needs.map(({ file, source }) => [file, sourceText(source)]);
  const { apiVersion, kind, metadata, type } = secretSchema.parse(secret);
  return {
    apiVersion,
    kind,
    metadata,
    type,
    stringData: {
      ...Object.fromEntries(files),
      [CREDENTIAL_FILES.revision]: '<revision: 1, and one more with each change>',
      [ACCEPTED_SPEC]: '<the last valid spec>',
    },
  };
}

const secretSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  type: z.string(),
});

function sourceText(source: CredentialNeed['source']): string {
  return source.kind === 'Spec'
    ? source.value
    : `<${source.kind} ${source.name}, key ${source.key}>`;
}

/** Fields in the order in which people write them; the others by name. */
const FIRST = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];

function text(manifest: KubeManifest): string {
  const rank = (field: string): number =>
    FIRST.includes(field) ? FIRST.indexOf(field) : FIRST.length;
  return dump(manifest, {
    sortKeys: (a: string, b: string) => rank(a) - rank(b) || (a < b ? -1 : 1),
    lineWidth: -1,
    noRefs: true,
  });
}
