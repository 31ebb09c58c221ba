import {
  type FileChanges,
  type GitRepository,
  startGitServer,
} from '../../harness/git/git-server.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { fileOf, filesUnder } from '../files-under.ts';
import { createFluxUser, type FluxUser } from './flux-sync.ts';
import { createSops, type Sops } from './sops.ts';
import { startFlux } from './start-flux.ts';
import { parseImageName } from '../../harness/image/image-name.ts';

const EXAMPLES = 'examples/gitops';

/** Flux, which keeps a cluster as the examples say, and the repository that it reads. */
export interface FluxUnderTest {
  readonly repository: GitRepository;
  readonly sops: Sops;
  readonly user: FluxUser;
  stop(): Promise<void>;
}

/** What is in the repository at first, other than the examples. */
interface Changes {
  /** The image of the operator. */
  readonly image?: string;
  readonly files?: FileChanges;
  /** The Secrets of `sops/kafka-user.yaml`, in clear text. */
  readonly secrets?: string;
}

/**
 * Commits the operator and the exporters of the examples, starts Flux, and applies `examples/gitops/flux.yaml` with the URL of
 * the repository.
 */
export async function openFlux(
  kubernetes: KubernetesHandle,
  { files, image, secrets }: Changes = {},
): Promise<FluxUnderTest> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const server = await startGitServer();
    stops.push(() => server.stop());
    const repository = await server.repository('clusters');
    const sops = await createSops(await fileOf(`${EXAMPLES}/sops/.sops.yaml`));
    stops.push(() => sops.remove());
    const clearText = secrets ?? (await fileOf(`${EXAMPLES}/sops/kafka-user.yaml`));
    await repository.commit({
      ...(await filesUnder('deploy', 'operator/deploy')),
      ...(await filesUnder('crds', 'operator/crds')),
      ...(await filesUnder(`${EXAMPLES}/exporters`, 'exporters')),
      ...(await filesUnder(`${EXAMPLES}/sops`, 'sops')),
      'sops/kafka-user.yaml': await sops.encrypt(clearText),
      ...files,
    });
    stops.push(await startFlux(kubernetes));
    const { kubectl } = kubernetes;
    await kubectl([
      ...['create', 'secret', 'generic', 'sops-age', '--namespace', 'flux-system'],
      `--from-file=age.agekey=${sops.keyFile}`,
    ]);
    const sync = (await fileOf(`${EXAMPLES}/flux.yaml`)).replace(/https:.*\.git/, repository.url);
    await kubectl(['apply', '--filename', '-'], withImage(sync, image));
    return { repository, sops, user: createFluxUser(kubernetes), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function withImage(sync: string, image: string | undefined): string {
  if (image === undefined) return sync;
  const { repository, tag } = parseImageName(image);
  return sync
    .replace(/newName: .*/, `newName: ${repository}`)
    .replace(/newTag: .*/, `newTag: ${JSON.stringify(tag)}`);
}
