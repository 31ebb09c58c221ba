/**
 * The values of promises, once all have settled. Of several failures it throws the first in the order of the list, whichever came
 * first: what is said about a failure must not change with each attempt.
 */
export async function allInOrder<Values extends readonly unknown[] | []>(
  promises: Values,
): Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
