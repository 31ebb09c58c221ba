import { readFileSync, statSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';

/** What a kustomization may have whose manifests are used as they are. `namespace` is in each of them, too. */
const kustomization = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Kustomization'),
  namespace: z.string().optional(),
  resources: z.array(z.string()),
});

const IMAGE = /(?<=^ +image: )deepflow-kafka-exporter:\S+$/gm;

/**
 * `install.yaml`, one file for `kubectl apply --server-side -f`: what `kubectl apply -k deploy` applies, with this image.
 *
 * @throws when `deploy/` has patches, which only kustomize can apply.
 */
export function renderInstallManifest(image: string): string {
  const text = manifestsOf(new URL('../deploy/', import.meta.url)).join('---\n');
  if (text.match(IMAGE)?.length !== 1) throw new Error('deploy/ must name the image once');
  return text.replace(IMAGE, image);
}

function manifestsOf(folder: URL): readonly string[] {
  const text = readFileSync(new URL('kustomization.yaml', folder), 'utf8');
  return kustomization.parse(load(text)).resources.flatMap((resource) => {
    const path = new URL(resource, folder);
    if (!statSync(path).isDirectory()) return [readFileSync(path, 'utf8')];
    return manifestsOf(new URL(`${resource}/`, folder));
  });
}
