import { Component, h, type ComponentChild } from 'preact';
import { keyOf } from '../../contract/fleet.ts';
import { card } from './card.ts';
import { notices } from '../notices.ts';
import { type Change, type Order, type PageState, shownRows } from '../state.ts';
import { totals } from './totals.ts';

const ORDERS: readonly (readonly [Order, string])[] = [
  ['attention', 'attention first'],
  ['name', 'name'],
  ['lag', 'largest lag'],
  ['records', 'most records'],
];

interface ListProps {
  readonly state: PageState;
  readonly change: Change;
}

/** All exporters as cards. While one exporter is shown, the list stays as it was, without any work. */
export class ExporterList extends Component<ListProps> {
  /** False: the list is hidden. */
  override shouldComponentUpdate({ state }: ListProps): boolean {
    return state.open === undefined;
  }

  override render({ change, state }: ListProps): ComponentChild {
    return exporterList(state, change);
  }
}

function exporterList(state: PageState, change: Change): ComponentChild {
  const rows = shownRows(state);
  return h(
    'main',
    null,
    header(state, change),
    notices(state),
    totals(state.snapshot?.totals ?? []),
    h(
      'ul',
      { class: 'cards', 'aria-label': 'KafkaExporters' },
      ...rows.map((row) => h('li', { key: keyOf(row) }, card(row, state.histories[keyOf(row)]))),
    ),
    rows.length === 0 && state.snapshot !== undefined
      ? h(
          'p',
          null,
          state.snapshot.rows.length === 0
            ? 'There are no KafkaExporters.'
            : 'No KafkaExporter matches.',
        )
      : null,
  );
}

function header(state: PageState, change: Change): ComponentChild {
  return h(
    'header',
    null,
    h('h1', null, 'KafkaExporters'),
    h('p', { role: 'status' }, summary(state)),
    h(
      'form',
      {
        role: 'search',
        onSubmit: (event: Event) => {
          event.preventDefault();
        },
      },
      h(
        'label',
        null,
        'Search ',
        h('input', {
          type: 'search',
          value: state.search,
          onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
            change({ search: currentTarget.value });
          },
        }),
      ),
      h(
        'label',
        null,
        'Order ',
        h(
          'select',
          {
            onChange: ({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
              const chosen = ORDERS.find(([order]) => order === currentTarget.value);
              if (chosen !== undefined) change({ order: chosen[0] });
            },
          },
          ...ORDERS.map(([order, text]) =>
            h('option', { value: order, selected: order === state.order }, text),
          ),
        ),
      ),
      h(
        'label',
        null,
        h('input', {
          type: 'checkbox',
          checked: state.onlyAttention,
          onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
            change({ onlyAttention: currentTarget.checked });
          },
        }),
        ' only those that need attention',
      ),
    ),
  );
}

function summary({ snapshot }: PageState): string {
  if (snapshot === undefined) return 'Reading …';
  const { rows } = snapshot;
  const attention = rows.filter((row) => row.needsAttention).length;
  const need = attention === 1 ? 'needs' : 'need';
  return `${rows.length} exporters, ${attention} ${need} attention`;
}
