import { z } from 'zod';
import type { KubernetesAccess } from '../../harness/kubernetes/kubernetes-access.ts';
import { until } from '../../lib/until.ts';

const NAMESPACE = 'flux-system';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
});

const syncObject = z.object({
  metadata: z.object({ generation: z.int() }),
  status: z
    .object({
      observedGeneration: z.int().optional(),
      lastHandledReconcileAt: z.string().optional(),
      lastAttemptedRevision: z.string().optional(),
      lastAppliedRevision: z.string().optional(),
      conditions: z.array(condition).default([]),
    })
    .prefault({}),
});

/** What Flux says of one of its objects. */
interface SyncState {
  /** `True ReconciliationSucceeded`, for example. */
  readonly ready: string;
  readonly message: string;
  /** What Flux does now. Empty: nothing. */
  readonly doing: string;
  /** When `ready` became so. */
  readonly since: string;
  /** The id of the commit that was tried last. */
  readonly attempted: string;
  /** The id of the commit that was applied last. */
  readonly applied: string;
}

/** A user of Flux, with what the command `flux` does. */
export interface FluxUser {
  state(kustomization: string): Promise<SyncState>;
  /** Asks for a reconciliation with a new look into the repository, and returns when Flux has looked. */
  fetch(): Promise<void>;
  /** Fetches, and waits until a Kustomization has tried the commit and says this of it. Returns the message. */
  sync(kustomization: string, commit: string, ready: string): Promise<string>;
  /** Asks for a reconciliation of the same commit, and waits for its end. */
  reconcileAgain(kustomization: string): Promise<void>;
  suspend(kustomization: string, suspend: boolean): Promise<void>;
  /** Deletes a Kustomization, and returns when Flux has deleted what it had applied. */
  remove(kustomization: string): Promise<void>;
}

/** Uses Flux by kubectl, for the GitRepository `clusters`. */
export function createFluxUser({ kubectl }: KubernetesAccess): FluxUser {
  let asked = 0;
  const inFlux = (...args: string[]): Promise<string> =>
    kubectl([...args, '--namespace', NAMESPACE]);
  const read = async (object: string): Promise<z.infer<typeof syncObject>> =>
    syncObject.parse(JSON.parse(await inFlux('get', object, '--output', 'json')));
  const ask = async (object: string): Promise<string> => {
    asked += 1;
    const token = `${process.pid}-${asked}`;
    const annotation = `reconcile.fluxcd.io/requestedAt=${token}`;
    await inFlux('annotate', '--overwrite', object, annotation);
    return token;
  };
  const askAndWait = async (object: string): Promise<void> => {
    const token = await ask(object);
    await until(`${object} to be reconciled`, async () => {
      const { status } = await read(object);
      return status.lastHandledReconcileAt === token;
    });
  };
  const state = async (kustomization: string): Promise<SyncState> => {
    const { metadata, status } = await read(`kustomization/${kustomization}`);
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    const isCurrent = status.observedGeneration === metadata.generation;
    return {
      ready: ready !== undefined ? `${ready.status} ${ready.reason}` : 'absent',
      message: `${isCurrent ? '' : '(of an older generation) '}${ready?.message ?? ''}`,
      doing: status.conditions.find(({ type }) => type === 'Reconciling')?.message ?? '',
      since: ready?.lastTransitionTime ?? '',
      attempted: commitOf(status.lastAttemptedRevision),
      applied: commitOf(status.lastAppliedRevision),
    };
  };
  const fetch = (): Promise<void> => askAndWait('gitrepository/clusters');
  return {
    state,
    fetch,
    sync: async (kustomization, commit, ready) => {
      await fetch();
      const found = await until(`${kustomization} to be ${ready}`, () => state(kustomization), {
        isWanted: (answer) => answer.attempted === commit && answer.ready === ready,
      });
      return found.message;
    },
    reconcileAgain: (kustomization) => askAndWait(`kustomization/${kustomization}`),
    suspend: async (kustomization, suspend) => {
      const patch = JSON.stringify({ spec: { suspend } });
      await inFlux('patch', `kustomization/${kustomization}`, '--type=merge', '--patch', patch);
    },
    remove: async (kustomization) => {
      await inFlux('delete', `kustomization/${kustomization}`, '--timeout=60s');
    },
  };
}

/** `main@sha1:<commit>` */
function commitOf(revision: string | undefined): string {
  return revision?.replace(/^.*:/, '') ?? '';
}
