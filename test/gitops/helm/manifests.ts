import { loadAll } from 'js-yaml';
import { z } from 'zod';

const manifestSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object of Kubernetes. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The objects of a text of manifests. */
export function manifestsOf(text: string): readonly Manifest[] {
  return loadAll(text).flatMap((each) =>
    each === null || each === undefined ? [] : [manifestSchema.parse(each)],
  );
}

/** The name of an object with its kind and its namespace. */
export function idOf({ kind, metadata }: Manifest): string {
  return [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');
}
