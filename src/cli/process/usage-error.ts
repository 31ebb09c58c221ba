/** Wrong arguments, or files that they name and that cannot be read: the program ends with {@link USAGE_EXIT_CODE}. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The exit code for wrong usage, as of the shell's own commands; 1 means that the command found or met a problem. */
export const USAGE_EXIT_CODE = 2;
