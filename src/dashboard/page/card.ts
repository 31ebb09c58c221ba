import { h, type ComponentChild } from 'preact';
import type { DashboardRow, History } from '../contract.ts';
import { sparkline } from './sparkline.ts';

/** One exporter: how it is, its lag and its throughput, and what is wrong with it. */
export function card(row: DashboardRow, history: History | undefined): ComponentChild {
  const { name, namespace, needsAttention, reason } = row;
  const state = needsAttention ? 'attention' : 'well';
  return h(
    'article',
    { class: `card ${state}`, 'aria-label': `${name} in ${namespace}` },
    h('h2', null, h('span', { class: 'namespace' }, `${namespace}/`), name),
    h(
      'p',
      { class: 'state' },
      h('span', { class: `badge ${state}` }, reason),
      ` ${row.pods ?? ''}`,
    ),
    figure('Lag', row.lagText, sparkline(history?.lag ?? [], 'lag')),
    figure('Records/s', row.recordsText, sparkline(history?.records ?? [], 'records')),
    needsAttention ? h('p', { class: 'message' }, row.message) : null,
    details(row),
  );
}

function figure(label: string, text: string, picture: ComponentChild): ComponentChild {
  return h(
    'div',
    { class: 'figure' },
    h('span', { class: 'label' }, label),
    h('span', { class: 'value' }, text),
    picture,
  );
}

function details(row: DashboardRow): ComponentChild {
  const { bytesText, credentials, error, message, needsAttention, retries, topics } = row;
  const lines: readonly (readonly [string, string])[] = [
    ...(needsAttention ? [] : [['Says', message] as const]),
    ['Bytes/s', bytesText],
    ['Retries', String(retries ?? '-')],
    ['Credentials', credentials],
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
