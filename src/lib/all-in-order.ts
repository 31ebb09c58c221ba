/**
 * The values of promises, once all have settled. Of several failures it throws the first in the order of the list, whichever came
 * first: what is said about a failure must not change with each attempt.
 */
export async function allInOrder<Values extends readonly unknown[]>(
  promises: readonly [...{ [Index in keyof Values]: Promise<Values[Index]> }],
): Promise<Values> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<unknown> as Promise<Values>;
}
