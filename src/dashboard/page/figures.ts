import { h, type ComponentChild } from 'preact';
import type { DashboardRow, History } from '../contract/fleet.ts';
import { sparkline } from './sparkline.ts';

/** Lag, throughput and errors of an exporter, each as a value and a line of the last ones. */
export function figures(row: DashboardRow, history: History | undefined): ComponentChild {
  return [
    figure('Lag', row.lagText, sparkline(history?.lag ?? [], 'lag')),
    figure('Records/s', row.recordsText, sparkline(history?.records ?? [], 'records')),
    figure('Errors/s', row.errorsText, sparkline(history?.errors ?? [], 'errors')),
  ];
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
