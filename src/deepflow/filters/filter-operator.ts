import type { TagFilter } from './record-filter.ts';

/** What an operator compares a value with, and whether it is negated. */
export interface FilterTest {
  readonly compares: 'values' | 'wildcards' | 'regexes';
  readonly isNegated: boolean;
}

/** The meaning of one of DeepFlow's operators. */
export function filterTest(operator: TagFilter['operator']): FilterTest {
  switch (operator) {
    case '=':
    case 'in':
      return { compares: 'values', isNegated: false };
    case '!=':
    case 'not in':
      return { compares: 'values', isNegated: true };
    case ':':
      return { compares: 'wildcards', isNegated: false };
    case '!:':
      return { compares: 'wildcards', isNegated: true };
    case '~':
      return { compares: 'regexes', isNegated: false };
    case '!~':
      return { compares: 'regexes', isNegated: true };
  }
}
