import { z } from 'zod';
import { FILTER_CONDITIONS } from '../../deepflow/filters/record-filter.ts';
import { filterOperator } from './filter-operator.ts';

const LIST = { 'x-kubernetes-list-type': 'atomic' };
const VALUE_CHARACTERS_MAX = 1_000;

const QUOTE = 'must be in quotation marks, because numbers above 2^53 are not exact in JSON';

/**
 * Numbers need no quotation marks in YAML, as in DeepFlow's own configuration. The schema bounds them, not a rule in CEL: API
 * servers before 1.34 calculate the cost of a rule on such a value as if it were a text as long as a request. They then refuse
 * the whole CRD.
 */
const fieldValue = z.union([z.int(QUOTE), z.string().max(VALUE_CHARACTERS_MAX)]).meta({
  'x-kubernetes-int-or-string': true,
  maxLength: VALUE_CHARACTERS_MAX,
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
});

const tagFilter = z.strictObject({
  fieldName: z
    .string()
    .min(1)
    .max(128)
    .describe("DeepFlow's name of the field, such as server_port or pod_id_1."),
  operator: filterOperator,
  fieldValues: z
    .array(fieldValue)
    .min(1)
    .max(64)
    .meta(LIST)
    .describe(
      'Values, wildcards or regexes. A field of codes accepts codes and their English names, such as HTTP. Numbers above 2^53 must be in quotation marks.',
    ),
});

const condition = z.enum(FILTER_CONDITIONS);

/** `tagFilterCondition` of the spec. */
export const filterCondition = condition
  .default('and')
  .describe('and: a record must match all tagFilters. or: a record must match one of them.');

/** `tagFilters` of the spec. */
export const tagFilters = z
  .array(tagFilter)
  .max(32)
  .meta(LIST)
  .default([])
  .describe('Conditions on the values of a record.');

/** `tagFilterGroups` of the spec. */
export const tagFilterGroups = z
  .array(
    z.strictObject({
      // Without a default in the CRD: a default inside an atomic list is a difference for Argo CD that it never settles.
      tagFilterCondition: condition
        .optional()
        .describe(
          'and, as when it is absent: a record must match all tagFilters of the group. or: a record must match one of them.',
        ),
      tagFilters: z
        .array(tagFilter)
        .min(1)
        .max(16)
        .meta(LIST)
        .describe('Conditions on the values of a record.'),
    }),
  )
  .max(16)
  .meta(LIST)
  .default([])
  .describe(
    'Groups of filters. A record must match one of the groups. With recordFormat Compatible, tagFilters replaces the groups.',
  );

/** `exportFields` of the spec. */
export const exportFields = z
  .array(z.string().min(1).max(256))
  .min(1)
  .max(256)
  .refine((list) => new Set(list).size === list.length, 'must not name an entry twice')
  .meta({ 'x-kubernetes-list-type': 'set' })
  .default(['$tag', '$metrics'])
  .describe(
    'Fields to export: $tag, $metrics, a sub-category such as $tag.flow_info, the name of a field, or Kubernetes labels as $k8s.label, $k8s.label.NAME or ~$k8s.label.REGEX.',
  );
