import type { Problem } from '../../../contract/status-report.ts';
import { AddressError } from '../errors/address-error.ts';
import { clickHouseFailure, failureSentence } from '../errors/clickhouse-error.ts';
import { clickHouseReason } from '../errors/clickhouse-problem.ts';

/** Where a dictionary is. */
export interface DictionaryPlace {
  readonly database: string;
  readonly dictionary: string;
}

/** Loading a dictionary fails so when it has a larger id than its layout takes (ARGUMENT_OUT_OF_BOUND). */
const ID_TOO_LARGE = '69';
/** A pattern that RE2 cannot compile (CANNOT_COMPILE_REGEXP). */
const BAD_PATTERN = '427';

/** What a dictionary that cannot be read means to the user, with the remedy. */
export function namesProblem(
  error: unknown,
  { database, dictionary }: DictionaryPlace,
): Omit<Problem, 'since'> {
  const name = `${database}.${dictionary}`;
  if (!(error instanceof AddressError)) {
    const words = error instanceof Error ? error.message : 'unknown error';
    return { reason: 'ClickHouseError', message: `the dictionary ${name}: ${words}` };
  }
  const failure = clickHouseFailure(error.cause);
  const { kind, code, message } = failure;
  const at = error.addresses.join(', ');
  const reason = clickHouseReason(kind);
  if (kind === 'missing') {
    return {
      reason,
      message: `the ClickHouse dictionary ${name} does not exist at ${at}, so records lack its names: DeepFlow's controller creates it; check spec.source.clickHouse`,
    };
  }
  if (kind === 'access-denied') {
    return {
      reason,
      message: `the ClickHouse user may not read the dictionary ${name} at ${at}, so records lack its names: grant it, for example with GRANT SELECT, dictGet ON ${database}.* TO NAME (${message})`,
    };
  }
  if (code === ID_TOO_LARGE) {
    return {
      reason: 'ClickHouseError',
      message: `ClickHouse cannot load the dictionary ${name}, as it has an id beyond what its FLAT layout takes (500000 by default), so records lack its names: give it LAYOUT(FLAT(MAX_ARRAY_SIZE 5000000)) (${message})`,
    };
  }
  if (code === BAD_PATTERN) {
    return {
      reason: 'ClickHouseError',
      message: `spec.exportFields has a label pattern that RE2 cannot compile (${message})`,
    };
  }
  return {
    reason,
    message: `the dictionary ${name} could not be read, so records lack its names: ${failureSentence(failure, error.addresses)}`,
  };
}
