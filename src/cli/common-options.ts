import { Option } from 'commander';
import { z } from 'zod';
import { LOG_LEVELS } from '../lib/logger.ts';

/** `--log-level`, with the default info. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info');
}

const PORT = 'must be a number of 0 to 65535';

/** The value of an option that is a port; 0: any free port. */
export const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT);
