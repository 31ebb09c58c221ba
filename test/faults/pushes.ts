import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { push } from '../integration/exporter/push-client.ts';
import type { Exporters } from './exporters.ts';

/** Rows that clients push while a schedule runs; each is named by the only field of it that differs. */
export interface Pushes {
  /** Ends it when the requests under way have their outcome, for which they get two minutes. */
  stop(): Promise<PushedRows>;
}

/** The names of pushed rows, by what their clients know of them. */
export interface PushedRows {
  /** Answered with 200: each is in the topic. */
  readonly accepted: readonly string[];
  /** The answer did not come, or it was 504: each may be in the topic, and was not pushed again. */
  readonly unknown: readonly string[];
  /** Not accepted until the end, with the last answer: what clients waited for in vain. */
  readonly refusals: readonly string[];
}

/** The data source of pushed rows. */
export const PUSHED: DataSource = 'flow_log.l7_flow_log';
/** The field of a record that names its row. */
export const NAMING_FIELD = 'request_domain';

const CLIENTS = 3;
const LINES = 20;
const PAUSE_MS = 300;
/** Longer than the exporter takes for any answer. */
const ANSWER_MS = 100_000;
const LAST_ANSWER_MS = 120_000;

type Outcome = 'accepted' | 'unknown' | { readonly refusal: string };

/** Starts clients that push what is theirs to an exporter that runs, and push again what was refused. */
export function startPushes(exporters: Exporters): Pushes {
  const accepted: string[] = [];
  const unknown: string[] = [];
  const refusals: string[] = [];
  let stoppedAtMs = Number.POSITIVE_INFINITY;
  let count = 0;

  const pushUntilKnown = async (names: readonly string[]): Promise<void> => {
    for (;;) {
      const outcome = await pushOnce(exporters, names);
      if (outcome === 'accepted') return void accepted.push(...names);
      if (outcome === 'unknown') return void unknown.push(...names);
      if (performance.now() > stoppedAtMs + LAST_ANSWER_MS) {
        return void refusals.push(outcome.refusal);
      }
      await sleep(PAUSE_MS);
    }
  };
  const runClient = async (): Promise<void> => {
    while (stoppedAtMs === Number.POSITIVE_INFINITY) {
      const names = Array.from({ length: LINES }, () => `row-${++count}`);
      await pushUntilKnown(names);
      await sleep(PAUSE_MS);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, runClient));
  // The error is told to whoever stops it.
  clients.catch(() => undefined);
  return {
    stop: async () => {
      stoppedAtMs = performance.now();
      await clients;
      return { accepted, unknown, refusals };
    },
  };
}

/** @throws on an answer that no fault of the suite explains. */
async function pushOnce(exporters: Exporters, names: readonly string[]): Promise<Outcome> {
  const [exporter] = exporters.running('pushed');
  if (exporter === undefined) return { refusal: 'no exporter runs to which rows can be pushed' };
  const lines = names.map((name) =>
    JSON.stringify({ time: Math.floor(Date.now() / 1000), [NAMING_FIELD]: name }),
  );
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const { status, body } = await push(exporter.pushPort, PUSHED, lines, { signal });
    if (status === 200 && body.accepted === lines.length) return 'accepted';
    if (status === 408 || status === 503) return { refusal: `${status} ${body.error ?? ''}` };
    if (status === 504) return 'unknown';
    throw new Error(`rows that were pushed got the answer ${status} ${JSON.stringify(body)}`);
  } catch (error) {
    if (isRefusedConnection(error)) return { refusal: 'the port is closed' };
    if (isBrokenConnection(error)) return 'unknown';
    throw error;
  }
}

/** fetch fails with a TypeError, whose cause is the error of the connection. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError');
}

function isRefusedConnection(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
