import { h, type ComponentChild } from 'preact';
import type { ExporterDetails } from '../../contract/exporter-details.ts';
import { type DashboardRow, type History, keyOf } from '../../contract/fleet.ts';
import { figures } from '../figures.ts';
import { notices } from '../notices.ts';
import { ALL } from '../place.ts';
import { openRow, type PageState, type Place } from '../state.ts';
import { conditionList, credentialList } from './condition-list.ts';
import { flowPicture } from './flow-picture.ts';
import { flowTables, podTable } from './flow-tables.ts';

/** One exporter: the way of its data, its conditions, credentials and pods. */
export function exporterView(place: Place, state: PageState): ComponentChild {
  const { details, detailsProblem, histories } = state;
  const { name, namespace } = place;
  const row = openRow(state);
  return h(
    'main',
    { key: keyOf(place), class: 'exporter' },
    h('nav', null, h('a', { href: ALL }, 'Back to all exporters'), ' (Escape)'),
    h('h1', { tabIndex: -1 }, h('span', { class: 'namespace' }, `${namespace}/`), name),
    notices(state),
    row === undefined ? null : summary(row, histories[keyOf(row)]),
    detailsProblem === undefined ? null : h('p', { role: 'alert' }, detailsProblem),
    details === undefined ? waiting(detailsProblem) : sections(details),
  );
}

function waiting(problem: string | undefined): ComponentChild {
  return problem === undefined ? h('p', { role: 'status' }, 'Reading …') : null;
}

function summary(row: DashboardRow, history: History | undefined): ComponentChild {
  const { credentials, error, message, needsAttention, pods, reason } = row;
  const state = needsAttention ? 'attention' : 'well';
  return h(
    'div',
    { class: `card ${state}` },
    h('p', { class: 'state' }, h('span', { class: `badge ${state}` }, reason), ` ${pods ?? ''}`),
    h('p', { class: 'message' }, message),
    figures(row, history),
    h('p', { class: 'note' }, `Credentials: ${credentials}`),
    error === undefined
      ? null
      : h(
          'p',
          { class: 'note' },
          error.message === message
            ? `Last error: ${error.text}`
            : `Last error: ${error.text}: ${error.message}`,
        ),
  );
}

function sections(details: ExporterDetails): ComponentChild {
  const { conditions, credentials, pods } = details;
  return [
    section('The way of the data', [flowPicture(details), flowTables(details)]),
    section('Conditions', conditionList(conditions)),
    section('Credentials', credentialList(credentials)),
    section(
      'Pods',
      pods === undefined
        ? h('p', null, 'You may not list pods: the note above says which right is missing.')
        : podTable(pods),
    ),
  ];
}

function section(heading: string, content: ComponentChild): ComponentChild {
  return h('section', { 'aria-label': heading }, h('h2', null, heading), content);
}
