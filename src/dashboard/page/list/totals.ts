import { type ComponentChild, h } from 'preact';
import type { NamespaceTotals } from '../../contract/fleet.ts';

const HEADINGS = [
  'Namespace',
  'Exporters',
  'Need attention',
  'Records/s',
  'Bytes/s',
  'CPU cores',
  'Memory',
];

/** What each namespace does and costs. It is closed at first, so that exporters are seen first. */
export function totals(rows: readonly NamespaceTotals[]): ComponentChild {
  return h(
    'details',
    { class: 'totals' },
    h('summary', null, 'By namespace'),
    h(
      'table',
      null,
      h('thead', null, h('tr', null, ...HEADINGS.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', null, ...rows.map((row) => line(row))),
    ),
  );
}

function line(row: NamespaceTotals): ComponentChild {
  const cells = [
    row.exporters,
    row.needAttention,
    row.recordsText,
    row.bytesText,
    row.cpuText,
    row.memoryText,
  ];
  return h(
    'tr',
    { key: row.namespace },
    h('th', { scope: 'row' }, row.namespace),
    ...cells.map((cell) => h('td', null, cell)),
  );
}
