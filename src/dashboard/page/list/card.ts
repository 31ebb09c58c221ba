import { h, type ComponentChild } from 'preact';
import type { DashboardRow, History } from '../../contract/fleet.ts';
import { figures } from '../figures.ts';
import { fragmentOf } from '../place.ts';

/** One exporter: how it is, its lag, throughput, errors and credentials, and what is wrong with it. Its name leads to the whole of it. */
export function card(row: DashboardRow, history: History | undefined): ComponentChild {
  const { credentials, error, name, namespace, needsAttention, reason } = row;
  const state = needsAttention ? 'attention' : 'well';
  return h(
    'article',
    { class: `card ${state}`, 'aria-label': `${name} in ${namespace}` },
    h(
      'h2',
      null,
      h(
        'a',
        { href: fragmentOf(row) },
        h('span', { class: 'namespace' }, `${namespace}/`),
        h('span', null, name),
      ),
    ),
    h(
      'p',
      { class: 'state' },
      h('span', { class: `badge ${state}` }, reason),
      ` ${row.pods ?? ''}`,
    ),
    figures(row, history),
    h('p', { class: 'note' }, `Credentials: ${credentials}`),
    error === undefined ? null : h('p', { class: 'note' }, `Last error: ${error.text}`),
    needsAttention ? h('p', { class: 'message' }, row.message) : null,
    more(row),
  );
}

function more(row: DashboardRow): ComponentChild {
  const { bytesText, error, message, needsAttention, retries, topics } = row;
  const lines: readonly (readonly [string, string])[] = [
    ...(needsAttention ? [] : [['Says', message] as const]),
    ['Bytes/s', bytesText],
    ['Retries', String(retries ?? '-')],
    ...(error === undefined
      ? []
      : [
          [
            error.isNow ? 'Error since' : 'Last error',
            `${error.time} ${error.reason}: ${error.message}`,
          ] as const,
        ]),
    ...Object.entries(topics),
  ];
  return h(
    'details',
    null,
    h('summary', null, 'More'),
    h('dl', null, ...lines.map(([term, text]) => [h('dt', null, term), h('dd', null, text)])),
  );
}
