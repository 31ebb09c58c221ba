import { describe, expect, inject, it } from 'vitest';
import { kubernetesFrom } from '../../../harness/kubernetes/kubernetes-access.ts';

describe('the harness’s Kubernetes', () => {
  const kubernetes = inject('kubernetes');
  const { kubectl } = kubernetesFrom(kubernetes);

  it('answers with its version', async () => {
    const { version = '1.' } = kubernetes;
    expect(await kubectl(['version'])).toContain(`Server Version: v${version}`);
  });

  it('has RBAC on: an account without a role may not read Secrets', async () => {
    const asStranger = ['--as', 'system:serviceaccount:default:stranger'];
    await expect(kubectl(['get', 'secrets', ...asStranger])).rejects.toThrow(/forbidden/);
  });

  it('deletes the objects of a deleted owner', async () => {
    const configMap = (name: string, owner?: { uid: string }): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name,
          ...(owner && {
            ownerReferences: [
              { apiVersion: 'v1', kind: 'ConfigMap', name: 'harness-owner', ...owner },
            ],
          }),
        },
      });
    await kubectl(['create', '-f', '-'], configMap('harness-owner'));
    const uid = await kubectl(['get', 'configmap/harness-owner', '-o', 'jsonpath={.metadata.uid}']);
    await kubectl(['create', '-f', '-'], configMap('harness-owned', { uid }));
    await kubectl(['delete', 'configmap/harness-owner']);
    // It collects nothing while it discovers a new custom resource, which another test may have installed.
    await kubectl(['wait', '--for=delete', 'configmap/harness-owned', '--timeout=100s']);
  });
});
