import type { Place } from './state.ts';

/** The fragment of an address that leads to an exporter, such as `#/observability/flow-logs`. */
export function fragmentOf({ name, namespace }: Place): string {
  return `#/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** The fragment that leads to all exporters. */
export const ALL = '#/';

/** The exporter to which a fragment leads; undefined: it leads to all. */
export function placeOf(fragment: string): Place | undefined {
  const [, namespace, name] = /^#\/([^/]+)\/([^/]+)$/.exec(fragment) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  try {
    return { namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
  } catch {
    // A broken escape, which somebody has typed.
    return undefined;
  }
}
