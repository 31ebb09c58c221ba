import { z } from 'zod';

/** DeepFlow's operators; `=` and `in` have the same meaning, and so have `!=` and `not in`. */
export const FILTER_OPERATORS = ['=', '!=', 'in', 'not in', ':', '!:', '~', '!~'] as const;

/** One condition on one field. */
const tagFilterSchema = z.strictObject({
  /** DeepFlow's name for the field. */
  fieldName: z.string().min(1),
  operator: z.enum(FILTER_OPERATORS),
  fieldValues: z.array(z.string()),
});

/** How the conditions of a list combine. */
export const FILTER_CONDITIONS = ['and', 'or'] as const;

/** A list of conditions. */
const filterGroupSchema = z.strictObject({
  condition: z.enum(FILTER_CONDITIONS),
  tagFilters: z.array(tagFilterSchema),
});

/**
 * Which records pass: `tagFilters` is DeepFlow's older option, and `tagFilterGroups`, of which one
 * must pass, its newer option.
 */
export const recordFilterSchema = z.strictObject({
  condition: z.enum(FILTER_CONDITIONS),
  tagFilters: z.array(tagFilterSchema),
  tagFilterGroups: z.array(filterGroupSchema),
});

/** One condition on one field. */
export type TagFilter = z.infer<typeof tagFilterSchema>;
/** Which records pass. */
export type RecordFilter = z.infer<typeof recordFilterSchema>;
