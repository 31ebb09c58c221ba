import { z } from 'zod';
import type { KubeManifest, KubeObject } from '../kube/kube-object.ts';
import { RESOURCE_TYPES } from '../kube/resource-type.ts';

/** The name of the operators' Lease, which `deploy/base/rbac.yaml` names as well. */
export const LEASE_NAME = 'deepflow-kafka-exporter-operator';

/** Where a Lease is. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** What a Lease says (coordination.k8s.io/v1). */
export interface Lease {
  /** Who has it; empty: nobody. */
  readonly holder: string;
  /** How long it lasts after it was renewed. */
  readonly durationMs: number;
  /** When its holder got it, as text of Kubernetes' MicroTime. */
  readonly acquired: string;
  /** How often it went from one holder to another. */
  readonly transitions: number;
}

const leaseSpec = z.object({
  spec: z
    .object({
      holderIdentity: z.string().default(''),
      leaseDurationSeconds: z.int().default(0),
      acquireTime: z.string().default(''),
      leaseTransitions: z.int().default(0),
    })
    .prefault({}),
});

/** Reads a Lease. Fields that are missing make it free. @throws ZodError when a field has another type. */
export function readLease(object: KubeObject): Lease {
  const { spec } = leaseSpec.parse(object);
  return {
    holder: spec.holderIdentity,
    durationMs: spec.leaseDurationSeconds * 1_000,
    acquired: spec.acquireTime,
    transitions: spec.leaseTransitions,
  };
}

/**
 * The manifest with which a candidate claims or renews a Lease. With a resource version the API server refuses it if
 * anybody has changed the Lease since.
 */
export function claimedLease(
  { namespace, name }: LeaseName,
  claim: {
    readonly holder: string;
    readonly durationMs: number;
    /** In milliseconds since the Unix epoch. Only people read it: clocks of two nodes may differ. */
    readonly nowMs: number;
  },
  before?: { readonly lease: Lease; readonly resourceVersion: string },
): KubeManifest {
  const now = microTime(claim.nowMs);
  const isMine = before?.lease.holder === claim.holder;
  const isFirst = before === undefined;
  // Who gives a Lease back does not hand it to anybody.
  const isHandedOver = !isFirst && !isMine && claim.holder !== '';
  const { apiVersion, kind } = RESOURCE_TYPES.lease;
  return {
    apiVersion,
    kind,
    metadata: {
      namespace,
      name,
      ...(isFirst ? {} : { resourceVersion: before.resourceVersion }),
    },
    spec: {
      holderIdentity: claim.holder,
      leaseDurationSeconds: claim.durationMs / 1_000,
      acquireTime: isMine ? before.lease.acquired : now,
      renewTime: now,
      leaseTransitions: (before?.lease.transitions ?? 0) + (isHandedOver ? 1 : 0),
    },
  };
}

/** A time with microseconds, as Kubernetes writes its MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
