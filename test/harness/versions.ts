import { HarnessError } from './harness-error.ts';

/**
 * The one of `versions` that is `asked`, or the newest that begins with it: `1.31` is `1.31.14`. Fails with all of them where
 * there is none.
 */
export function chooseVersion<Version extends string>(
  part: string,
  versions: readonly Version[],
  asked: string,
): Version {
  const found = versions.findLast(
    (version) => version === asked || version.startsWith(`${asked}.`),
  );
  if (found !== undefined) return found;
  throw new HarnessError(
    `There is no ${part} ${asked} here: choose one of ${versions.join(', ')}.`,
  );
}
