import type { CredentialLines } from '../contract/exporter-details.ts';
import type { CredentialRefusal, CredentialState } from '../../fleet/credential-state.ts';
import { NONE } from '../../fleet/row-texts.ts';
import { bounded } from './bounded.ts';
import { saidLine } from './condition-lines.ts';

/** Different refusals are few; each pod may have one. */
const REFUSALS_MAX = 16;

/** Which credentials should be used, and which are, in words. */
export function credentialLines(state: CredentialState, nowMs: number): CredentialLines {
  const { applied, desired } = state;
  return {
    desired: desired === undefined ? NONE : String(desired),
    applied: applied === undefined ? NONE : String(applied),
    inUse: inUseText(state),
    candidate: candidateText(state),
    refusals: bounded(
      state.refusals.map((refusal) => refusalLine(refusal, nowMs)),
      REFUSALS_MAX,
    ),
  };
}

function inUseText({ pods, users }: CredentialState): string {
  if (users.length === 0) return 'no pod has said which revision it uses';
  const of = pods === undefined ? '' : ` of ${pods}`;
  return users
    .map((each) => `revision ${each.revision} by ${each.pods}${of} ${pods === 1 ? 'pod' : 'pods'}`)
    .join(', ');
}

function candidateText({ candidate }: CredentialState): string {
  if (candidate === undefined) return 'none is being tried';
  const { isRefused, pods, revision } = candidate;
  return isRefused
    ? `revision ${revision} is refused, and not published`
    : `revision ${revision} is being tried by ${pods} ${pods === 1 ? 'pod' : 'pods'}`;
}

function refusalLine(
  { message, pod, reason, revision, since }: CredentialRefusal,
  nowMs: number,
): CredentialLines['refusals']['shown'][number] {
  return {
    pod,
    revision: revision === undefined ? NONE : String(revision),
    ...saidLine({ reason, message, since }, nowMs),
  };
}
