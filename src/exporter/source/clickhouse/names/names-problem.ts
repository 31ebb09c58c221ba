import type { Problem } from '../../../contract/status-report.ts';
import { AddressError } from '../errors/address-error.ts';
import { clickHouseFailure, failureSentence } from '../errors/clickhouse-error.ts';
import { clickHouseReason } from '../errors/clickhouse-problem.ts';

/** Where a dictionary is. */
export interface DictionaryPlace {
  readonly database: string;
  readonly dictionary: string;
}

/**
 * Loading a dictionary fails with this code when it has a larger id than its layout allows
 * (ARGUMENT_OUT_OF_BOUND).
 */
const ID_TOO_LARGE = '69';
/** A pattern that RE2 cannot compile (CANNOT_COMPILE_REGEXP). */
const BAD_PATTERN = '427';

/** The problem to report for a dictionary that cannot be read, with the remedy. */
export function namesProblem(
  error: unknown,
  { database, dictionary }: DictionaryPlace,
): Omit<Problem, 'since'> {
  const name = `${database}.${dictionary}`;
  if (!(error instanceof AddressError)) {
    const words = error instanceof Error ? error.message : 'unknown error';
    return {
      reason: 'ClickHouseError',
      message: `the dictionary ${name} could not be read, so records lack its names: ${words}`,
    };
  }
  const failure = clickHouseFailure(error.cause);
  const { kind, code, message } = failure;
  const at = error.addresses.join(', ');
  const reason = clickHouseReason(kind);
  if (kind === 'missing') {
    return {
      reason,
      message: `the ClickHouse dictionary ${name} does not exist at ${at}, so records lack its names: check spec.source.clickHouse, and that DeepFlow's controller runs, which creates the dictionary`,
    };
  }
  if (kind === 'access-denied') {
    return {
      reason,
      message: `the ClickHouse user may not read the dictionary ${name} at ${at}, so records lack its names: grant access, for example with GRANT SELECT, dictGet ON ${database}.* TO NAME (${message})`,
    };
  }
  if (code === ID_TOO_LARGE) {
    return {
      reason: 'ClickHouseError',
      message: `ClickHouse cannot load the dictionary ${name}, since the dictionary has an id above the limit of its FLAT layout (500000 by default), so records lack its names: recreate the dictionary with LAYOUT(FLAT(MAX_ARRAY_SIZE 5000000)) (${message})`,
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
