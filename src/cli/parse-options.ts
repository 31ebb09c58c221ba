import type { z } from 'zod';

/**
 * The options of a command, parsed.
 *
 * @throws Error that names each wrong option and says what it must be.
 */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${flagOf(String(path[0] ?? ''))}: ${message}`,
  );
  throw new Error(problems.join('\n'));
}

/** `watchNamespaces` → `--watch-namespaces`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
