import { type Browser, chromium, type Page } from 'playwright-core';
import { createFleetFeed } from '../../src/dashboard/fleet-feed.ts';
import { startDashboardServer } from '../../src/dashboard/dashboard-server.ts';
import type { CounterParts, ExporterReading, FleetReading } from '../../src/fleet/fleet-reading.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { requireDebianPackages } from '../harness/commands/debian-packages.ts';
import { type Figure, figureOf } from './measure.ts';

const EXPORTERS = [3, 1_000];
const RUNS = 5;
/** More often than the command reads, so that a run has several updates. */
const INTERVAL_MS = 1_000;
const UPDATES = 6;

/**
 * The page of the dashboard in Chromium: when it first shows something and all exporters, and how long an update keeps the main
 * thread. Readings are made here, so that the page alone is measured.
 */
export async function benchDashboard(print: (line: string) => void): Promise<readonly Figure[]> {
  await requireDebianPackages(
    [{ name: 'chromium', provides: '/usr/bin/chromium' }],
    'install Chromium.',
  );
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    // Benchmarks run as root, for which Chromium has no sandbox.
    args: ['--no-sandbox'],
  });
  const figures: Figure[] = [];
  for (const exporters of EXPORTERS) {
    const runs: Run[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await runOnce(browser, exporters));
    const figure = (name: string, values: readonly number[]): Figure =>
      figureOf({ name: `${exporters} exporters: ${name}`, unit: 'ms' }, values);
    figures.push(
      figure(
        'first paint',
        runs.map(({ firstPaintMs }) => firstPaintMs),
      ),
      figure(
        'all are shown',
        runs.map(({ allShownMs }) => allShownMs),
      ),
      figure(
        'an update on the main thread',
        runs.flatMap(({ updatesMs }) => updatesMs),
      ),
      figure(
        'an exporter is opened',
        runs.map(({ openedMs }) => openedMs),
      ),
      figure(
        'an update on the main thread while it is open',
        runs.flatMap(({ openUpdatesMs }) => openUpdatesMs),
      ),
    );
  }
  await browser.close();
  for (const { max, name, unit, value } of figures)
    print(`${name}: ${value} ${unit}, at most ${max}`);
  return figures;
}

interface Run {
  readonly firstPaintMs: number;
  readonly allShownMs: number;
  readonly updatesMs: readonly number[];
  /** From the key to the details in the document. */
  readonly openedMs: number;
  /** Updates while one exporter is shown. */
  readonly openUpdatesMs: readonly number[];
}

async function runOnce(browser: Browser, exporters: number): Promise<Run> {
  let reads = 0;
  const feed = createFleetFeed({
    clock: systemClock,
    intervalMs: INTERVAL_MS,
    read: () => Promise.resolve(madeReading(exporters, reads++)),
  });
  const server = await startDashboardServer({ port: 0, feed, token: 'bench' });
  const page = await browser.newPage({ viewport: { width: 1_400, height: 900 } });
  await page.goto(server.url);
  await page
    .locator('.card')
    .nth(exporters - 1)
    .waitFor({ state: 'attached' });
  const allShownMs = await numberOf(page, 'performance.now()');
  const updatesMs = await updatesOf(page);
  // The first frame may come after the cards are in the document.
  const paint = `performance.getEntriesByName('first-contentful-paint')[0].startTime`;
  const firstPaintMs = await numberOf(page, paint);
  await page.locator('.card a').last().focus();
  const beforeMs = await numberOf(page, 'performance.now()');
  await page.keyboard.press('Enter');
  await page.waitForSelector('svg.flow');
  const openedMs = (await numberOf(page, 'performance.now()')) - beforeMs;
  const openUpdatesMs = await updatesOf(page);
  const run = { allShownMs, updatesMs, firstPaintMs, openedMs, openUpdatesMs };
  await page.close();
  feed.stop();
  await server.close();
  return run;
}

/** How long the main thread works for each of the next updates, from the event to the next frame, by Chromium's own trace of tasks. */
async function updatesOf(page: Page): Promise<readonly number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'timeTicks' });
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
  };
  const updates: number[] = [];
  let before = await busyMs();
  for (let i = 0; i < UPDATES; i++) {
    await page.evaluate(`new Promise((resolve) => setTimeout(resolve, ${INTERVAL_MS}))`);
    const now = await busyMs();
    updates.push(now - before);
    before = now;
  }
  return updates;
}

async function numberOf(page: Page, expression: string): Promise<number> {
  return Number(await page.evaluate(expression));
}

/** Parts that change with each reading, too. */
function partsOf(i: number, number: number): CounterParts {
  return {
    records: new Map([['flow_log.l7_flow_log', number * 1_000 * (1 + (i % 5))]]),
    rejected: new Map(),
    retries: new Map(),
    lag: new Map([['flow_log.l7_flow_log', 30]]),
    shardLag: new Map([['0', 30 + (number % 20)]]),
  };
}

/** Exporters of which every tenth has a problem, with values that change with each reading. */
function madeReading(exporters: number, number: number): FleetReading {
  return {
    atMs: Date.now(),
    gaps: [],
    exporters: Array.from({ length: exporters }, (_, i) => madeExporter(i, number)),
  };
}

function madeExporter(i: number, number: number): ExporterReading {
  const isBroken = i % 10 === 3;
  const ready = isBroken
    ? { status: 'False', reason: 'TopicMissing', message: 'topic x does not exist: create it' }
    : { status: 'True', reason: 'Delivering', message: 'records reach Kafka' };
  return {
    namespace: `team-${i % 20}`,
    name: `exporter-${i}`,
    createdAt: undefined,
    dataSources: ['flow_log.l7_flow_log'],
    source: 'ClickHouse',
    status: {
      conditions: [{ type: 'Ready', ...ready }],
      pods: '1/1',
      delivery: { topics: { 'flow_log.l7_flow_log': 'deepflow.flow_log.l7_flow_log' } },
    },
    pods: [
      {
        name: 'p',
        uid: `pod-${i}`,
        state: 'Ready',
        isSilent: false,
        report: {
          delivering: !isBroken,
          problems: [],
          missingColumns: [],
          shards: [],
          recordsExported: 0,
          lagSeconds: 30 + ((i * 7 + number * 3) % 20),
        },
        counters: {
          records: number * 1_000 * (1 + (i % 5)),
          bytes: number * 100_000,
          retries: 0,
          cpuSeconds: number * 0.1,
          memoryBytes: 200_000_000,
          atMs: number * INTERVAL_MS,
          parts: partsOf(i, number),
        },
      },
    ],
  };
}
