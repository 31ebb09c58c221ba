import { expect, test } from 'vitest';
import { patternProblem } from '../../../../src/deepflow/filters/re2/re2-pattern.ts';
import { OTHER_PATTERNS, RE2_PATTERNS } from './re2-patterns.ts';

// The same patterns are given to RE2 itself in test/integration/deepflow.
test.each(RE2_PATTERNS)('RE2 takes %j', (pattern) => {
  expect(patternProblem(pattern)).toBeUndefined();
});

test.each(OTHER_PATTERNS)('RE2 refuses %j, which %s', (pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});

test.each([
  ['of two equal names', '(?P<n>a)(?P<n>b)', 'has two groups with the name "n"'],
  ['without a flag', '(?)', 'has a group "(?)" without a flag'],
  ['too long', 'a'.repeat(1_001), 'is longer than 1000 characters'],
  ['half a character', '\ud800', 'is not well-formed Unicode'],
  ['too large when compiled', '\\pL{200}', 'has too many repetitions'],
])('a pattern that is %s is refused', (_name, pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});
