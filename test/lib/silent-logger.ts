import type { Logger } from '../../src/lib/logger.ts';

const nothing = (): void => undefined;

/** A logger for tests that do not check the log. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
