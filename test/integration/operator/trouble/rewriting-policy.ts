import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { readText } from '../../../../src/lib/read-text.ts';
import { createCertificateAuthority } from '../../../harness/tls/certificate-authority.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';

/** The answer of a policy engine to a write: JSON patches for the object. */
type Rewrite = (object: Readonly<Record<string, unknown>>) => readonly unknown[];

/** What a policy engine rewrites. */
export interface Policy {
  readonly resource: 'deployments' | 'pods';
  readonly rewrite: Rewrite;
}

/** A policy engine that runs. */
export interface RewritingPolicy {
  stop(): Promise<void>;
}

/** As the injector of a sidecar, a policy does not rewrite pods that exist: almost all of their fields are immutable. */
const RULES = {
  deployments: { apiGroups: ['apps'], operations: ['CREATE', 'UPDATE'] },
  pods: { apiGroups: [''], operations: ['CREATE'] },
} as const;

const BODY_BYTES_MAX = 1_048_576;
const review = z.looseObject({
  request: z.looseObject({ uid: z.string(), object: z.record(z.string(), z.unknown()) }),
});

/** Rewrites objects of the test's namespace when they are written, as Kyverno does: by a mutating admission webhook. */
export async function startRewritingPolicy(
  cluster: ClusterUnderTest,
  { resource, rewrite }: Policy,
): Promise<RewritingPolicy> {
  const folder = await mkdtemp(path.join(tmpdir(), 'policy-'));
  const authority = await createCertificateAuthority(folder);
  const issued = await authority.issue({ name: 'policy', addresses: ['127.0.0.1'], hostNames: [] });
  const tls = { cert: await readFile(issued.certificatePath), key: await readFile(issued.keyPath) };
  const server = createServer(tls, (request, response) => {
    void readText(request, BODY_BYTES_MAX).then((text) => {
      const { object, uid } = review.parse(JSON.parse(text)).request;
      const patch = Buffer.from(JSON.stringify(rewrite(object))).toString('base64');
      const answer = { uid, allowed: true, patchType: 'JSONPatch', patch };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: answer,
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const name = `policy-${resource}-${cluster.namespace}`;
  const webhook = {
    name: 'policy.example.com',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: {
      url: `https://127.0.0.1:${address.port}/mutate`,
      caBundle: Buffer.from(authority.caPem).toString('base64'),
    },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': cluster.namespace } },
    rules: [{ ...RULES[resource], apiVersions: ['v1'], resources: [resource] }],
  };
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [webhook],
  };
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(configuration));
  return {
    stop: async () => {
      await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', name]);
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(folder, { recursive: true });
    },
  };
}
