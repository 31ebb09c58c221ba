import { type Logger as PinoLogger, pino } from 'pino';

/** A structured logger: data first, then a constant message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** The log levels. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Makes a logger that writes one JSON line for each event to standard output, with the time in ISO
 * 8601 and the level by name, as log collectors expect.
 */
export function createLogger(component: string, level: (typeof LOG_LEVELS)[number]): Logger {
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
