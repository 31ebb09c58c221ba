/** In which namespaces the operator may not patch pods: an administrator may take this right away. */
export interface PodPatches {
  /** Whether a patch was refused lately. Then none is sent. */
  isRefused(namespace: string): boolean;
  refused(namespace: string): void;
  granted(namespace: string): void;
}

/** After this time, the operator tries again: the right may have been given back. */
const REFUSED_MS = 600_000;
const NAMESPACES_MAX = 10_000;

/**
 * Remembers refusals for each namespace, since rights are given for namespaces.
 *
 * @param nowMs the monotonic clock.
 * @param onRefused called once for each namespace, until a patch is granted there.
 */
export function createPodPatches(
  nowMs: () => number,
  onRefused: (namespace: string) => void,
): PodPatches {
  const untilMs = new Map<string, number>();
  return {
    isRefused: (namespace) => nowMs() < (untilMs.get(namespace) ?? -Infinity),
    refused: (namespace) => {
      if (!untilMs.has(namespace)) onRefused(namespace);
      untilMs.delete(namespace);
      untilMs.set(namespace, nowMs() + REFUSED_MS);
      const [oldest] = untilMs.keys();
      if (untilMs.size > NAMESPACES_MAX && oldest !== undefined) untilMs.delete(oldest);
    },
    granted: (namespace) => {
      untilMs.delete(namespace);
    },
  };
}
