import { h, type ComponentChild } from 'preact';
import type { ConditionLine, CredentialLines } from '../../contract/exporter-details.ts';

/** The conditions in words, in their order. */
export function conditionList(conditions: readonly ConditionLine[]): ComponentChild {
  if (conditions.length === 0) return h('p', null, 'No operator has written conditions yet.');
  return h('ul', { class: 'said' }, ...conditions.map(condition));
}

function condition(line: ConditionLine): ComponentChild {
  const { needsAttention, status, type } = line;
  return h(
    'li',
    { key: type, class: needsAttention ? 'attention' : '' },
    h(
      'h3',
      null,
      `${type}: ${status}`,
      needsAttention ? h('span', { class: 'badge attention' }, ', needs attention') : null,
    ),
    said(line),
  );
}

/** Which credentials should be used, which are, and why others are refused. */
export function credentialList(credentials: CredentialLines): ComponentChild {
  const { applied, candidate, desired, inUse, refusals } = credentials;
  const lines = [
    ['Revision that pods should use', desired],
    ['Last revision that every pod has used', applied],
    ['In use', inUse],
    ['Candidate', candidate],
  ];
  return [
    h('dl', null, ...lines.map(([term, text]) => [h('dt', null, term), h('dd', null, text)])),
    refusals.shown.length === 0
      ? h('p', null, 'No pod reports a refusal.')
      : h(
          'ul',
          { class: 'said' },
          ...refusals.shown.map((line) =>
            h(
              'li',
              { class: 'attention' },
              h('h3', null, `Revision ${line.revision} refused in ${line.pod}`),
              said(line),
            ),
          ),
        ),
    refusals.more === 0 ? null : h('p', null, `and ${refusals.more} more`),
  ];
}

function said({
  message,
  reason,
  remedy,
  since,
  sinceText,
}: Pick<ConditionLine, 'message' | 'reason' | 'remedy' | 'since' | 'sinceText'>): ComponentChild {
  return [
    h(
      'p',
      { class: 'note' },
      since === undefined ? reason : `${reason}, for ${sinceText} (since ${since})`,
    ),
    h('p', null, message),
    remedy === undefined ? null : h('p', { class: 'note' }, `What to do: ${remedy}`),
  ];
}
