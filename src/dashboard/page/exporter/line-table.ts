import { h, type ComponentChild } from 'preact';
import type { Bounded } from '../../contract/exporter-details.ts';

/** A column: its heading, and the text of a line. */
export interface Column<T> {
  readonly heading: string;
  readonly text: (line: T) => string;
  /** True: numbers, which are compared digit by digit. */
  readonly isNumber?: true;
}

/** Lines as a table; those that need attention are marked. It can be scrolled sideways with the keyboard as well. */
export function lineTable<T extends { readonly needsAttention: boolean }>(
  caption: string,
  columns: readonly Column<T>[],
  { more, shown }: Bounded<T>,
): ComponentChild {
  const cells = (line: T): readonly ComponentChild[] =>
    columns.map(({ isNumber, text }, i) => {
      const kind = isNumber === true ? 'number' : 'text';
      return h(
        i === 0 ? 'th' : 'td',
        { class: kind, ...(i === 0 ? { scope: 'row' } : {}) },
        text(line),
      );
    });
  return h(
    'div',
    { class: 'wide lines', role: 'region', 'aria-label': caption, tabIndex: 0 },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ...columns.map(({ heading, isNumber }) =>
            h('th', { scope: 'col', class: isNumber === true ? 'number' : 'text' }, heading),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        ...shown.map((line) =>
          h('tr', { class: line.needsAttention ? 'attention' : '' }, ...cells(line)),
        ),
      ),
    ),
    more === 0 ? null : h('p', null, `and ${more} more`),
  );
}
