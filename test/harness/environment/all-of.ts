/**
 * Like Promise.all, but when one fails it waits for the others before it fails too, so that nothing more comes to
 * exist while the caller cleans up.
 */
export async function allOf<const T extends readonly unknown[]>(
  ...works: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
