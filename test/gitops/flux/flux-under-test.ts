import { type GitRepository, startGitServer } from '../../harness/git/git-server.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { fileOf, filesUnder } from '../files-under.ts';
import { createFluxUser, type FluxUser } from './flux-sync.ts';
import { createSops, type Sops } from './sops.ts';
import { startFlux } from './start-flux.ts';

const EXAMPLES = 'examples/gitops';

/** A cluster without nodes that Flux keeps as the examples say, and the repository that it reads. */
export interface FluxUnderTest {
  readonly kubernetes: KubernetesHandle;
  readonly repository: GitRepository;
  readonly sops: Sops;
  readonly user: FluxUser;
  stop(): Promise<void>;
}

/**
 * Commits the operator and the exporters of the examples, starts Flux, and applies `examples/gitops/flux.yaml` with the URL of
 * the repository.
 */
export async function openFlux(): Promise<FluxUnderTest> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const kubernetes = await startKubernetes({ controllerManager: true });
    stops.push(kubernetes.stop);
    const server = await startGitServer();
    stops.push(() => server.stop());
    const repository = await server.repository('clusters');
    const sops = await createSops(await fileOf(`${EXAMPLES}/sops/.sops.yaml`));
    stops.push(() => sops.remove());
    await repository.commit({
      ...(await filesUnder('deploy', 'operator/deploy')),
      ...(await filesUnder('crds', 'operator/crds')),
      ...(await filesUnder(`${EXAMPLES}/exporters`, 'exporters')),
      ...(await filesUnder(`${EXAMPLES}/sops`, 'sops')),
      'sops/kafka-user.yaml': await sops.encrypt(await fileOf(`${EXAMPLES}/sops/kafka-user.yaml`)),
    });
    stops.push(await startFlux(kubernetes));
    const { kubectl } = kubernetes;
    await kubectl([
      ...['create', 'secret', 'generic', 'sops-age', '--namespace', 'flux-system'],
      `--from-file=age.agekey=${sops.keyFile}`,
    ]);
    const sync = (await fileOf(`${EXAMPLES}/flux.yaml`)).replace(/https:.*\.git/, repository.url);
    await kubectl(['apply', '--filename', '-'], sync);
    return { kubernetes, repository, sops, user: createFluxUser(kubernetes), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
