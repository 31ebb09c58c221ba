import { h, render } from 'preact';
import type { ExporterDetails } from '../contract/exporter-details.ts';
import { type Histories, keyOf, type Snapshot } from '../contract/fleet.ts';
import { exporterView } from './exporter/exporter-view.ts';
import { ExporterList } from './list/exporter-list.ts';
import { type ListPosition, listPosition, restorePosition } from './list-position.ts';
import { ALL, placeOf } from './place.ts';
import { FIRST_STATE, type PageState, type Place, withPlace, withSnapshot } from './state.ts';

/** The server answers from memory: later, something is broken. */
const ANSWER_MS_MAX = 10_000;

let state = FIRST_STATE;
let isDue = false;
let isAsking = false;
/** What is drawn, as far as it matters for what comes next. */
let shown: Place | undefined;
let position: ListPosition | undefined;

function isHistories(value: unknown): value is Histories {
  return typeof value === 'object' && value !== null;
}

function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && 'rows' in value;
}

function isDetails(value: unknown): value is ExporterDetails {
  return typeof value === 'object' && value !== null && 'conditions' in value;
}

function change(changed: Partial<PageState>): void {
  become({ ...state, ...changed });
}

/** Draws at the next frame, however many changes there are before it. */
function become(next: PageState): void {
  state = next;
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

/** While one exporter is shown, the list is hidden, and keeps what was typed, opened and chosen. */
function draw(): void {
  const { open } = state;
  const before = shown;
  if (before === undefined && open !== undefined) position = listPosition(open);
  shown = open;
  const view = open === undefined ? null : exporterView(open, state);
  render(
    [
      h('div', { key: 'list', hidden: open !== undefined }, h(ExporterList, { state, change })),
      view,
    ],
    document.body,
  );
  document.title = open === undefined ? 'KafkaExporters' : `${open.name} in ${open.namespace}`;
  if (open === before) return;
  if (open !== undefined) {
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('.exporter h1')?.focus({ preventScroll: true });
  } else if (before !== undefined) restorePosition(before, position);
}

/** Asks for the details of the open exporter. The next snapshot asks again, whatever comes of it. */
async function ask(): Promise<void> {
  const { open } = state;
  if (open === undefined || state.snapshot === undefined || isAsking) return;
  isAsking = true;
  const answer = await answerFor(open);
  isAsking = false;
  if (state.open === open) change(answer);
  else await ask();
}

async function answerFor(open: Place): Promise<Partial<PageState>> {
  try {
    const query = new URLSearchParams({ namespace: open.namespace, name: open.name });
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(`/api/exporter?${query.toString()}`, { signal });
    if (!response.ok) return { details: undefined, detailsProblem: await response.text() };
    const details: unknown = await response.json();
    if (isDetails(details) && keyOf(details) === keyOf(open)) {
      return { details, detailsProblem: undefined };
    }
    return { detailsProblem: 'The command has answered something else: reload the page.' };
  } catch {
    // That the command does not answer is told by the events, which have ended then.
    return {};
  }
}

/** Follows the address: links, the back button and reloads lead to a place in the same way. */
function follow(): void {
  become(withPlace(state, placeOf(location.hash)));
  void ask();
}

const events = new EventSource('/api/fleet');
// The server of the page and the page are of one version, so their forms agree.
events.addEventListener('histories', ({ data }: MessageEvent<string>) => {
  const histories: unknown = JSON.parse(data);
  if (isHistories(histories)) change({ histories });
});
events.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
  const snapshot: unknown = JSON.parse(data);
  if (!isSnapshot(snapshot)) return;
  become(withSnapshot(state, snapshot));
  void ask();
});
events.addEventListener('error', () => {
  change({ isConnected: false });
});
// The page knows better where the list was.
history.scrollRestoration = 'manual';
addEventListener('hashchange', follow);
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && state.open !== undefined) location.hash = ALL;
});
follow();
