import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { renderInstallManifest } from '../../../../scripts/install-manifest.ts';
import { kubernetesFrom } from '../../../harness/kubernetes/kubernetes-access.ts';

const DEPLOY = join(import.meta.dirname, '../../../../deploy');
/** That of deploy/, because other tests of the shared cluster apply it as well. */
const IMAGE = 'deepflow-kafka-exporter:0.1.0';

const named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

/** The objects of a text, by kind and name: no namespaces are needed, because all kinds and names differ. */
function objectsOf(text: string): ReadonlyMap<string, object> {
  return new Map(
    loadAll(text).map((each) => {
      const object = named.parse(each);
      return [`${object.kind}/${object.metadata.name}`, object];
    }),
  );
}

describe('what deploy/ has', () => {
  const { kubectl } = kubernetesFrom(inject('kubernetes'));
  const apply = ['apply', '--server-side', '--force-conflicts', '--warnings-as-errors'];
  const install = renderInstallManifest(IMAGE);

  beforeAll(async () => {
    await kubectl([...apply, '--filename', '-'], install);
  });

  it('is in install.yaml, which kubectl applies again without a change', async () => {
    const objects = objectsOf(install);
    expect(objects.size).toBe(13);
    expect(objects).toEqual(objectsOf(await kubectl(['kustomize', DEPLOY])));
    const revisions = (): Promise<string> =>
      kubectl(
        ['get', '--filename', '-', '--output=jsonpath={.items[*].metadata.generation}'],
        install,
      );
    const before = await revisions();
    await kubectl([...apply, '--filename', '-'], install);
    expect(await revisions()).toBe(before);
  });

  it.each(['cluster-wide', 'high-availability', 'openshift'])(
    'is accepted as deploy/%s',
    async (overlay) => {
      const answer = await kubectl([...apply, '--dry-run=server', '-k', join(DEPLOY, overlay)]);
      expect(answer).toContain('deployment.apps/deepflow-kafka-exporter-operator');
    },
  );
});
