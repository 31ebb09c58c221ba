import { loadAll } from 'js-yaml';
import { expect, inject, it } from 'vitest';
import { z } from 'zod';
import { kubernetesFrom } from '../../../harness/kubernetes/kubernetes-access.ts';
import { renderOverlay } from './overlay.ts';

const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        securityContext: z.looseObject({}),
        containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]),
      }),
    }),
  }),
});

it.each(['cluster-wide', 'namespaced'])(
  'the component for OpenShift leaves the user of all pods to the platform: deploy/%s',
  async (installation) => {
    const cluster = kubernetesFrom(inject('kubernetes'));
    const manifests = await renderOverlay(cluster, { installation, components: ['openshift'] });
    const deployment = loadAll(manifests)
      .map((each) => deploymentSchema.safeParse(each).data)
      .find((each) => each !== undefined);
    const pod = deployment?.spec.template.spec;
    expect(pod?.securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod?.containers[0].args).toContain('--platform-security-context');
  },
);
