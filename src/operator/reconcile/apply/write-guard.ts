import { createHash } from 'node:crypto';
import type { ForeignField } from './foreign-fields.ts';
import type { Difference } from './needs-apply.ts';
import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';

/** What differs between a live object and its manifest. */
export interface Drift {
  readonly manifest: KubeManifest;
  readonly live: KubeObject;
  /** The manifest must be applied: a value differs, or a field is no longer wanted. */
  readonly apply: boolean;
  /** Values that differ. */
  readonly differences: readonly Difference[];
  /** Fields that only other managers have set, in an order in which they can be removed. */
  readonly foreign: readonly ForeignField[];
}

/**
 * Remembers which differences were put right. The operator writes once for each change that another program makes. If the same
 * difference is there again soon, the other program insists, and a second write would only begin a fight.
 */
export interface WriteGuard {
  isContested(drift: Drift): boolean;
  /** Remembers a write that puts a difference right. */
  wrote(drift: Drift): void;
  /** Remembers a difference that was there again in the answer to a write: admission rewrites the object. */
  insisted(drift: Drift): void;
}

/** After this time, the operator tries again: the other program may be gone. */
const CONTESTED_MS = 600_000;
/** Enough for every object of 1 000 resources. */
const OBJECTS_MAX = 10_000;

interface Written {
  readonly manifest: string;
  /** The difference that was put right. Undefined: the manifest had changed, so nobody else had changed the object. */
  readonly differences: string | undefined;
  readonly untilMs: number;
}

/**
 * A guard that keeps two digests for each object that was written.
 *
 * @param nowMs the monotonic clock.
 */
export function createWriteGuard(nowMs: () => number): WriteGuard {
  const writes = new Map<string, Written>();
  const remember = ({ live, manifest }: Drift, differences: string | undefined): void => {
    const { uid } = live.metadata;
    writes.delete(uid);
    writes.set(uid, { manifest: digest(manifest), differences, untilMs: nowMs() + CONTESTED_MS });
    const [oldest] = writes.keys();
    if (writes.size > OBJECTS_MAX && oldest !== undefined) writes.delete(oldest);
  };
  return {
    isContested: (drift) => {
      const { live, manifest } = drift;
      const last = writes.get(live.metadata.uid);
      return (
        last !== undefined &&
        nowMs() < last.untilMs &&
        last.manifest === digest(manifest) &&
        last.differences === digestOf(drift)
      );
    },
    wrote: (drift) => {
      const last = writes.get(drift.live.metadata.uid);
      const isReaction = last?.manifest === digest(drift.manifest);
      remember(drift, isReaction ? digestOf(drift) : undefined);
    },
    insisted: (drift) => {
      remember(drift, digestOf(drift));
    },
  };
}

function digestOf({ differences, foreign }: Drift): string {
  return digest([differences, foreign]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
