import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { HarnessError } from '../harness-error.ts';
import type { KubernetesAccess } from '../kubernetes/kubernetes-access.ts';
import { parseImageName } from '../image/image-name.ts';
import { untilEstablished } from '../kubernetes/until-established.ts';

/** The namespace and the Deployment of `deploy/`. */
export const OPERATOR = {
  namespace: 'deepflow-kafka-exporter',
  deployment: 'deployment/deepflow-kafka-exporter-operator',
} as const;

type Kubectl = KubernetesAccess['kubectl'];

const inNamespace = ['--namespace', OPERATOR.namespace];
const deploy = fileURLToPath(new URL('../../../deploy', import.meta.url));
/** What each installation applies, under `deploy/`. */
const DIRECTORIES = { 'cluster-wide': '.', namespaced: 'namespaced' } as const;
const baseImage = 'deepflow-kafka-exporter';

/** Where the operator has rights: in every namespace, or in that of `deploy/namespaced`, which must exist. */
type Installation = keyof typeof DIRECTORIES;

/**
 * Applies `deploy/` as a user does, through an overlay that names the image, and returns when the operator's pods are
 * available. @throws HarnessError when they are not after a minute, with what Kubernetes says of them.
 */
export async function deployOperator(
  kubectl: Kubectl,
  image: string,
  installation: Installation = 'cluster-wide',
): Promise<void> {
  await withOverlay({ image, installation }, async (overlay) => {
    await kubectl(['apply', '--server-side', '-k', overlay]);
  });
  await untilEstablished(kubectl);
  try {
    await kubectl([...inNamespace, 'rollout', 'status', OPERATOR.deployment, '--timeout=60s']);
  } catch (cause) {
    const path = '{.items[*].status.containerStatuses[*].state.waiting.message}';
    const waiting = await kubectl([...inNamespace, 'get', 'pods', '--output', `jsonpath=${path}`]);
    const why = waiting === '' ? await operatorLog(kubectl) : waiting;
    throw new HarnessError(
      `The operator’s pod with the image ${image} was not available after a minute: ${why}`,
      { cause },
    );
  }
}

/** Removes everything that was applied, the CRD and with it every KafkaExporter included. */
export async function removeOperator(kubectl: Kubectl, image: string): Promise<void> {
  await withOverlay({ image, installation: 'cluster-wide' }, async (overlay) => {
    await kubectl(['delete', '-k', overlay, '--ignore-not-found', '--timeout=120s']);
  });
}

/** The end of the operator's log, or a sentence where there is none. */
export function operatorLog(kubectl: Kubectl): Promise<string> {
  return kubectl([...inNamespace, 'logs', OPERATOR.deployment, '--tail=5']).catch(
    () => 'its log cannot be read.',
  );
}

interface Overlay {
  readonly image: string;
  readonly installation: Installation;
}

async function withOverlay(
  overlay: Overlay,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'deepflow-overlay-'));
  try {
    await writeFile(join(folder, 'kustomization.yaml'), overlayOf(folder, overlay));
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function overlayOf(folder: string, { image, installation }: Overlay): string {
  const { repository, tag, digest } = parseImageName(image);
  return dump({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    // Kustomize takes no absolute path.
    resources: [relative(folder, join(deploy, DIRECTORIES[installation]))],
    images: [
      {
        name: baseImage,
        newName: repository,
        ...(digest === '' ? { newTag: tag === '' ? 'latest' : tag } : { digest }),
      },
    ],
  });
}
