import type { Logger } from '../../src/lib/logger.ts';

const nothing = (): void => undefined;

/** A logger for tests in which the log is not looked at. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
