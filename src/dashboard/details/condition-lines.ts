import type { ConditionLine } from '../contract/exporter-details.ts';
import { secondsSince } from '../../fleet/exporter-row.ts';
import { durationText, NONE } from '../../fleet/row-texts.ts';
import type { ShownResource } from '../../fleet/shown-resource.ts';
import {
  type ConditionType,
  EXPECTED_CONDITIONS,
  WARNING_CONDITIONS,
} from '../../operator/api/status/conditions.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { remedyPlace } from './remedy-place.ts';

type Condition = NonNullable<ShownResource['status']>['conditions'][number];

const EXPECTED: ReadonlySet<string> = new Set(EXPECTED_CONDITIONS);
const UNWANTED: ReadonlySet<string> = new Set<ConditionType>(['Stalled', ...WARNING_CONDITIONS]);
/** Somebody wants it so. */
const INTENDED = ['Disabled', 'Suspended'];
/** Characters of a message that are shown. The API server takes 32 768. */
const MESSAGE_CHARACTERS_MAX = 4_000;

/** The conditions of a resource in words, those that need attention first, otherwise in their order. */
export function conditionLines(
  conditions: readonly Condition[],
  nowMs: number,
): readonly ConditionLine[] {
  return conditions
    .map((condition) => conditionLine(condition, nowMs))
    .toSorted((a, b) => Number(b.needsAttention) - Number(a.needsAttention));
}

function conditionLine(condition: Condition, nowMs: number): ConditionLine {
  const { lastTransitionTime, message, reason, status, type } = condition;
  const isBad = status === 'True' ? UNWANTED.has(type) : EXPECTED.has(type);
  const needsAttention = isBad && !INTENDED.includes(reason);
  const said = saidLine({ reason, message, since: lastTransitionTime }, nowMs);
  const { remedy, ...rest } = said;
  return {
    type: visibleText(type),
    status: visibleText(status),
    needsAttention,
    ...rest,
    ...(needsAttention && remedy !== undefined ? { remedy } : {}),
  };
}

/** A reason and a message of others as the page shows them, with their age and the place of the remedy. */
export function saidLine(
  {
    message,
    reason,
    since,
  }: {
    readonly reason: string;
    readonly message: string;
    readonly since: string | undefined;
  },
  nowMs: number,
): Pick<ConditionLine, 'message' | 'reason' | 'remedy' | 'since' | 'sinceText'> {
  const remedy = remedyPlace(reason);
  return {
    reason: visibleText(reason),
    message: visibleText(shortened(message)),
    ...(since === undefined ? {} : { since }),
    sinceText: since === undefined ? NONE : durationText(secondsSince(since, nowMs)),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function shortened(message: string): string {
  return message.length > MESSAGE_CHARACTERS_MAX
    ? `${message.slice(0, MESSAGE_CHARACTERS_MAX)}…`
    : message;
}
