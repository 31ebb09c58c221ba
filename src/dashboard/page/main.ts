import { render } from 'preact';
import type { Histories, Snapshot } from '../contract.ts';
import { app } from './app.ts';
import { FIRST_STATE, type PageState, withSnapshot } from './state.ts';

let state = FIRST_STATE;
let isDue = false;

function isHistories(value: unknown): value is Histories {
  return typeof value === 'object' && value !== null;
}

function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && 'rows' in value;
}

/** Draws at the next frame, however many changes there are before it. */
function become(next: PageState): void {
  state = next;
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render(
      app(state, (change) => {
        become({ ...state, ...change });
      }),
      document.body,
    );
  });
}

const events = new EventSource('/api/fleet');
// The server of the page and the page are of one version, so their forms agree.
events.addEventListener('histories', ({ data }: MessageEvent<string>) => {
  const histories: unknown = JSON.parse(data);
  if (isHistories(histories)) become({ ...state, histories });
});
events.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
  const snapshot: unknown = JSON.parse(data);
  if (isSnapshot(snapshot)) become(withSnapshot(state, snapshot));
});
events.addEventListener('error', () => {
  become({ ...state, isConnected: false });
});
become(state);
