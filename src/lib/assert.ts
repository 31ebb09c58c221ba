/**
 * Throws when an invariant of the code does not hold. Use it only for programming errors, never for
 * invalid input.
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
