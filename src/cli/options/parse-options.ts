import type { z } from 'zod';
import { sentenceOf } from '../manifests/issue-sentences.ts';
import { UsageError } from '../process/usage-error.ts';

/**
 * The options of a command, parsed.
 *
 * @throws UsageError that names each wrong option and says what it must be.
 */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options, { error: sentenceOf });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${flagOf(String(path[0] ?? ''))}: ${message}`,
  );
  throw new UsageError(problems.join('\n'));
}

/** `watchNamespaces` → `--watch-namespaces`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
