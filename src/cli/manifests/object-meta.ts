import { z } from 'zod';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const KEY =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

const PREFIX_CHARACTERS_MAX = 253;
const PART_CHARACTERS_MAX = 63;
/** All annotations of an object together. */
const ANNOTATION_BYTES_MAX = 262_144;

const subdomain = z
  .string()
  .max(PREFIX_CHARACTERS_MAX)
  .regex(
    SUBDOMAIN,
    'must be lower case letters, digits, "-" and ".", and begin and end with a letter or digit',
  );

const mapKeys = (map: Readonly<Record<string, string>>): boolean =>
  Object.keys(map).every(isQualifiedName);
const BAD_KEY =
  'must have keys such as NAME or example.com/NAME: letters, digits, "-", "_" and ".", at most 63 characters after the "/"';

function isQualifiedName(key: string): boolean {
  const name = key.slice(key.indexOf('/') + 1);
  const prefix = key.slice(0, -name.length - 1);
  return (
    KEY.test(key) && name.length <= PART_CHARACTERS_MAX && prefix.length <= PREFIX_CHARACTERS_MAX
  );
}

const labels = z
  .record(
    z.string(),
    z
      .string()
      .max(PART_CHARACTERS_MAX)
      .regex(
        LABEL_VALUE,
        'must be letters, digits, "-", "_" and ".", and begin and end with a letter or digit',
      ),
  )
  .refine(mapKeys, BAD_KEY);

const annotations = z
  .record(z.string(), z.string())
  // Other than those of labels, keys of annotations may have capital letters in their prefix.
  .refine((map) => mapKeys(lowerCaseKeys(map)), BAD_KEY)
  .refine(
    (map) => bytesOf(map) <= ANNOTATION_BYTES_MAX,
    `must have at most ${ANNOTATION_BYTES_MAX} bytes`,
  );

function lowerCaseKeys(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toLowerCase(), value]));
}

function bytesOf(map: Readonly<Record<string, string>>): number {
  return Object.entries(map).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}

/**
 * `metadata` of a manifest as the API server checks it, without what only the API server writes.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
export const objectMeta = z
  .strictObject({
    name: subdomain.optional(),
    generateName: z.string().optional(),
    namespace: z
      .string()
      .max(PART_CHARACTERS_MAX)
      .regex(
        LABEL,
        'must be lower case letters, digits and "-", and begin and end with a letter or digit',
      )
      .optional(),
    labels: labels.optional(),
    annotations: annotations.optional(),
    finalizers: z.array(z.string()).optional(),
    ownerReferences: z.array(z.looseObject({})).optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.int().optional(),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    deletionGracePeriodSeconds: z.int().optional(),
    managedFields: z.array(z.looseObject({})).optional(),
    selfLink: z.string().optional(),
  })
  .refine(({ generateName, name }) => (name ?? generateName) !== undefined, {
    path: ['name'],
    message: 'is required',
  });
