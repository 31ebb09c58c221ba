import { z } from 'zod';
import { FILTER_OPERATORS, type TagFilter } from '../../deepflow/filters/record-filter.ts';

type Sign = TagFilter['operator'];

/**
 * Words beside DeepFlow's signs. YAML 1.1, which PyYAML and Ansible read, has another meaning for a `=` without quotation marks, and
 * kubectl and kustomize print it so.
 *
 * @see https://yaml.org/type/value.html
 */
const WORDS = [
  'Equals',
  'NotEquals',
  'In',
  'NotIn',
  'Like',
  'NotLike',
  'Matches',
  'NotMatches',
] as const;

const SIGNS: Readonly<Record<(typeof WORDS)[number], Sign>> = {
  Equals: '=',
  NotEquals: '!=',
  In: 'in',
  NotIn: 'not in',
  Like: ':',
  NotLike: '!:',
  Matches: '~',
  NotMatches: '!~',
};

/** `operator` of a tag filter. */
export const filterOperator = z
  .enum([...WORDS, ...FILTER_OPERATORS])
  .describe(
    'Equals or In: equal to one of the values. NotEquals or NotIn: equal to none of the values. Like and NotLike compare with wildcards (*), Matches and NotMatches with regexes (RE2). DeepFlow\'s signs mean the same: "=", "!=", "in", "not in", ":", "!:", "~", "!~".',
  );

/** The sign that DeepFlow has for an operator. */
export function signOf(operator: z.infer<typeof filterOperator>): Sign {
  return isWord(operator) ? SIGNS[operator] : operator;
}

function isWord(operator: string): operator is (typeof WORDS)[number] {
  return WORDS.some((word) => word === operator);
}
