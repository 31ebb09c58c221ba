import type { Writable } from 'node:stream';
import { needsAttention } from '../../fleet/exporter-row.ts';
import type { FleetReading } from '../../fleet/fleet-reading.ts';
import { fleetRows, hasCounters } from '../../fleet/fleet-rows.ts';
import type { Clock } from '../../lib/clock.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { statusJson, statusYaml } from './status-documents.ts';
import { statusText } from './status-text.ts';

/** Formats of the output. */
export const STATUS_FORMS = ['text', 'wide', 'json', 'yaml'] as const;

/** A stream that may be a terminal. */
export type Screen = Writable & {
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
};

/** Where the output goes. */
export interface StatusOutput {
  readonly stdout: Screen;
  /** Gets sentences about what cannot be shown. */
  readonly stderr: Writable;
}

/** How exporters are shown. */
export interface StatusView {
  readonly form: (typeof STATUS_FORMS)[number];
  /** Undefined: those of all namespaces are shown. */
  readonly namespace: string | undefined;
  /** Time over which rates are measured, and between two tables of a watch. */
  readonly intervalMs: number;
}

/** Where the readings come from. */
export interface StatusSource {
  readonly clock: Clock;
  /** @param before the reading before, if there is one. */
  readonly read: (before?: FleetReading) => Promise<FleetReading>;
}

/**
 * Shows exporters once. It reads a second time for the rates if pods have answered.
 *
 * @returns whether an exporter needs attention. @throws when the exporters cannot be read.
 */
export async function showOnce(
  { clock, read }: StatusSource,
  view: StatusView,
  { stderr, stdout }: StatusOutput,
): Promise<'attention' | 'well'> {
  const first = await read();
  let last = first;
  if (hasCounters(first)) {
    await clock.sleep(view.intervalMs);
    last = await read(first);
  }
  const { said, shown } = rendered(view, last, last === first ? undefined : first);
  stdout.write(shown);
  stderr.write(said);
  return fleetRows(last, undefined).some(needsAttention) ? 'attention' : 'well';
}

/**
 * Shows exporters again and again until the signal aborts: on a terminal always at the same place, else one table or document
 * after the other. A reading that fails later is told, and the next one is awaited.
 *
 * @throws when the first reading fails.
 */
export async function watchStatus(
  { clock, read }: StatusSource,
  view: StatusView,
  { signal, stderr, stdout }: StatusOutput & { readonly signal: AbortSignal },
): Promise<void> {
  const isFixed = stdout.isTTY === true && (view.form === 'text' || view.form === 'wide');
  let before = await read();
  let readMs = clock.monotonicMs();
  let page = rendered(view, before, undefined);
  for (;;) {
    if (isFixed) stdout.write(frame(stdout, page));
    else {
      stdout.write(page.shown);
      stderr.write(page.said);
    }
    await clock.sleep(view.intervalMs, signal);
    if (signal.aborted) return;
    try {
      const last = await read(before);
      readMs = clock.monotonicMs();
      page = rendered(view, last, before);
      before = last;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const seconds = Math.round((clock.monotonicMs() - readMs) / 1_000);
      page = { ...page, said: `${visibleText(why)}; what is shown is of ${seconds} seconds ago\n` };
    }
  }
}

/** A table or document, and sentences below it. */
interface Page {
  readonly shown: string;
  readonly said: string;
}

function rendered(view: StatusView, reading: FleetReading, before: FleetReading | undefined): Page {
  const { form, namespace } = view;
  const rows = fleetRows(reading, before);
  const gaps = reading.gaps.map(visibleText);
  if (form === 'json') return { shown: statusJson({ exporters: rows, gaps }), said: '' };
  if (form === 'yaml') return { shown: statusYaml({ exporters: rows, gaps }), said: '' };
  if (rows.length === 0) {
    const where = namespace === undefined ? 'any namespace' : `namespace ${namespace}`;
    return { shown: '', said: `there are no KafkaExporters in ${where}\n` };
  }
  const table = { withNamespace: namespace === undefined, isWide: form === 'wide' };
  return {
    shown: statusText(rows, { ...table, nowMs: reading.atMs }),
    said: gaps.map((gap) => `${gap}\n`).join(''),
  };
}

/** Moves the cursor to the first character of the screen, and clears all that follows (ECMA-48). */
const CLEAR = '\u{1b}[H\u{1b}[2J';
/** Of a terminal that does not tell its size. */
const SIZE = { rows: 24, columns: 80 };

/** A page that fills at most one screen: longer lines are cut, and of further lines only the number is told. */
function frame(
  { columns = SIZE.columns, rows = SIZE.rows }: Screen,
  { said, shown }: Page,
): string {
  const below = linesOf(said);
  const table = linesOf(shown);
  // One line is for the cursor, and one for the number of lines that are left out.
  const room = Math.max(2, rows - 2 - below.length);
  const left = table.length - room;
  const more = left > 0 ? [`and ${left} more: name a namespace, or make the window larger`] : [];
  const lines = [...table.slice(0, room), ...more, ...below];
  return `${CLEAR}${lines.map((line) => `${line.slice(0, columns)}\n`).join('')}`;
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}
