import { type ConditionState, setter } from '../../api/status/conditions.ts';
import type { ContestedObject } from '../outcome.ts';

/** Number of fields that the message names. */
const NAMED = 5;

/**
 * The condition ChangedByOthers, which exists only while it is true: another program, such as a policy engine, sets fields of an
 * object again after the operator has put them right. This may be on purpose, so the resource can still be ready.
 */
export function contestedCondition(
  contested: readonly ContestedObject[],
): readonly ConditionState[] {
  const all = contested.flatMap(({ fields, kind, name }) =>
    fields.map((field) => `${field} of ${kind} ${name}`),
  );
  if (all.length === 0) return [];
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more fields` : '';
  return [
    setter('ChangedByOthers')(
      'True',
      'AnotherManager',
      `another program sets fields again after the operator has put them right, so the operator leaves them for ten minutes: ${all.slice(0, NAMED).join(', ')}${more}; if this is not on purpose, exclude the object from the program`,
    ),
  ];
}
