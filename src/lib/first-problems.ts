/** More problems at once help nobody, and a status has to stay small. */
const PROBLEMS_MAX = 10;
/** A problem quotes what a user wrote, which may be long. */
const PROBLEM_CHARACTERS_MAX = 500;

/**
 * The first ten problems, each with at most 500 characters, and a sentence if there are more. Problems
 * behind these are not computed if `problems` is a generator.
 */
export function firstProblems(problems: Iterable<string>): readonly string[] {
  const first: string[] = [];
  for (const problem of problems) {
    if (first.length === PROBLEMS_MAX) {
      first.push('there are more problems, which show when these are fixed');
      break;
    }
    const isLong = problem.length > PROBLEM_CHARACTERS_MAX;
    first.push(isLong ? `${problem.slice(0, PROBLEM_CHARACTERS_MAX)}…` : problem);
  }
  return first;
}
