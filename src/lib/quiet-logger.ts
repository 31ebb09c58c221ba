import type { Logger } from './logger.ts';

const nothing = (): void => undefined;

/** A logger that writes nothing, for commands whose output is for users or for other programs. */
export const quietLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
