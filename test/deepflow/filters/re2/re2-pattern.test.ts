import { expect, test } from 'vitest';
import { patternProblem } from '../../../../src/deepflow/filters/re2/re2-pattern.ts';
import { OTHER_PATTERNS, RE2_PATTERNS } from './re2-patterns.ts';

// test/integration/deepflow checks the same patterns with RE2 itself.
test.each(RE2_PATTERNS)('RE2 accepts %j', (pattern) => {
  expect(patternProblem(pattern)).toBeUndefined();
});

test.each(OTHER_PATTERNS)('RE2 refuses %j, which %s', (pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});

test.each([
  [
    'a pattern with two groups of the same name',
    '(?P<n>a)(?P<n>b)',
    'has two groups with the name "n"',
  ],
  ['a pattern with a group without a flag', '(?)', 'has a group "(?)" without a flag'],
  ['a pattern that is too long', 'a'.repeat(1_001), 'is longer than 1000 characters'],
  ['a pattern with half a character', '\ud800', 'is not well-formed Unicode'],
  ['a pattern that is too large when compiled', '\\pL{200}', 'has too many repetitions'],
])('%s is refused', (_name, pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});
