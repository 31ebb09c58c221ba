import type { Clock } from '../../../src/lib/clock.ts';
import type { KubeClient } from '../../../src/operator/kube/kube-client.ts';
import { KubeError } from '../../../src/operator/kube/kube-error.ts';
import {
  kubeObject,
  type KubeManifest,
  type KubeObject,
} from '../../../src/operator/kube/kube-object.ts';

type LeaseClient = Pick<KubeClient, 'get' | 'create' | 'replace'>;

/** An API server that has one Lease. */
export interface LeaseServer {
  /** The Lease now. */
  lease(): KubeObject | undefined;
  /** A client whose requests take as long as `delayMs` says, and fail where it says undefined. */
  client(clock: Clock, delayMs?: () => number | undefined): LeaseClient;
}

/** Starts without a Lease. */
export function createLeaseServer(): LeaseServer {
  let lease: KubeObject | undefined;
  let version = 0;
  const refuse = (status: number, message: string): never => {
    throw new KubeError('lease', { status, reason: '', message });
  };
  const store = (manifest: KubeManifest): void => {
    const metadata = { ...manifest.metadata, resourceVersion: String(++version) };
    lease = kubeObject.parse({ ...manifest, metadata });
  };
  return {
    lease: () => lease,
    client: (clock, delayMs = () => 0) => {
      const request = async <Answer>(answer: () => Answer): Promise<Answer> => {
        const ms = delayMs();
        if (ms === undefined) return refuse(500, 'the API server is ill');
        // Half of the time on the way there, half on the way back.
        if (ms > 0) await clock.sleep(ms / 2);
        const answered = answer();
        if (ms > 0) await clock.sleep(ms / 2);
        return answered;
      };
      return {
        get: () => request(() => lease),
        create: (manifest) =>
          request(() => {
            if (lease !== undefined) refuse(409, 'it exists');
            store(manifest);
          }),
        replace: (manifest) =>
          request(() => {
            const { resourceVersion } = manifest.metadata;
            if (lease?.metadata.resourceVersion !== resourceVersion) refuse(409, 'it has changed');
            store(manifest);
          }),
      };
    },
  };
}
