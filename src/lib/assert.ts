/**
 * Stops the process's current work when an invariant of our own code does not hold.
 * For programming errors only: bad input is a value, never an assertion.
 *
 * @throws Error naming the broken invariant.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${invariant}`);
}

/** Ends an exhaustive `switch`: the compiler rejects it while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}
