import { Option } from 'commander';
import { z } from 'zod';

// Options of the operator that change what it makes for a resource: `render` has them too.

/** What a part of a Kafka topic's name may be, without a dot. */
const INSTALLATION = /^[A-Za-z0-9_-]{1,63}$/;

/** `--installation`. */
export function installationOption(): Option {
  return new Option(
    '--installation <name>',
    'name of this installation, a part of the default names of checkpoint topics; needed when operators of several clusters use one Kafka (default: none)',
  );
}

/** The value of `--installation`. */
export const installation = z
  .string()
  .regex(INSTALLATION, 'must be 1 to 63 letters, digits, "-" and "_"');

/** `--platform-security-context`. */
export function platformSecurityContextOption(): Option {
  return new Option(
    '--platform-security-context',
    'leave the user of exporters to the platform (OpenShift)',
  );
}
