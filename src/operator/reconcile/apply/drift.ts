import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { foreignFields } from './foreign-fields.ts';
import { differencesOf, needsApply } from './needs-apply.ts';
import type { Drift } from './write-guard.ts';

/** Of other kinds, fields that the manifest lacks belong to controllers, such as the addresses of a Service. */
const WHOLLY_OURS = 'Deployment';

/**
 * What must be written so that a live object is as its manifest; undefined: nothing.
 *
 * @param manager our field manager.
 */
export function driftOf(
  manifest: KubeManifest,
  live: KubeObject,
  manager: string,
): Drift | undefined {
  const apply = needsApply(manifest, live, manager);
  const foreign = manifest.kind === WHOLLY_OURS ? foreignFields(manifest, live, manager) : [];
  if (!apply && foreign.length === 0) return undefined;
  return { manifest, live, apply, differences: [...differencesOf(manifest, live)], foreign };
}
