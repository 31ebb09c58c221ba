import { chromium, type Page } from 'playwright-core';
import { HISTORY_MAX } from '../../src/dashboard/contract/fleet.ts';
import { startDashboardServer } from '../../src/dashboard/dashboard-server.ts';
import { createFleetFeed } from '../../src/dashboard/fleet-feed.ts';
import { readFleet } from '../../src/fleet/read-fleet.ts';
import { sampleCluster } from '../../test/dashboard/sample-cluster.ts';
import { requireDebianPackages } from '../../test/harness/commands/debian-packages.ts';
import { createManualClock } from '../../test/lib/manual-clock.ts';

/** A picture of the dashboard: its file in docs/pictures, how the page is shown, and its size in pixels. */
export interface Shot {
  readonly file: string;
  readonly fragment: string;
  readonly colorScheme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
}

/** Pictures have to be small: they are in the repository. */
export const SHOT_BYTES_MAX = 150_000;

/** The pictures of the dashboard. */
export const SHOTS: readonly Shot[] = (['light', 'dark'] as const).flatMap((colorScheme) => [
  {
    file: `dashboard-${colorScheme}.png`,
    fragment: '#/',
    colorScheme,
    width: 1_200,
    height: 780,
  },
  {
    file: `dashboard-exporter-${colorScheme}.png`,
    fragment: '#/observability/flow-logs',
    colorScheme,
    width: 1_200,
    height: 960,
  },
]);

const INTERVAL_MS = 5_000;
/** The time at which the pictures are taken, so that they have the same texts each time. */
const START_MS = Date.parse('2026-01-31T08:00:00Z');

/**
 * Takes the pictures of the real page, with Debian's Chromium. It is served by the real server, from readings of a simulated API
 * server, whose clock makes the last five minutes pass at once.
 *
 * @returns PNG files by their names.
 */
export async function takeShots(): Promise<ReadonlyMap<string, Buffer>> {
  await requireDebianPackages(
    [{ name: 'chromium', provides: '/usr/bin/chromium' }],
    'install Chromium.',
  );
  const clock = createManualClock(START_MS);
  const client = sampleCluster(clock, { isLively: true });
  const feed = createFleetFeed({
    clock,
    intervalMs: INTERVAL_MS,
    read: (before) => readFleet({ client, clock }, {}, before),
  });
  feed.watch(() => undefined);
  for (let i = 0; i < HISTORY_MAX; i++) await clock.advance(INTERVAL_MS);
  const server = await startDashboardServer({ port: 0, feed, token: 'screenshots' });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    // The containers in which pictures are taken have no other user than root, for whom Chromium has no sandbox.
    args: ['--no-sandbox'],
  });
  const taken = new Map<string, Buffer>();
  for (const shot of SHOTS) {
    const { colorScheme, height, width } = shot;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    taken.set(shot.file, await takeShot(page, server.url, shot));
    await page.close();
  }
  await browser.close();
  feed.stop();
  await server.close();
  return taken;
}

async function takeShot(page: Page, url: string, { fragment }: Shot): Promise<Buffer> {
  await page.goto(url);
  await page.getByRole('article').first().waitFor();
  if (fragment !== '#/') {
    await page.goto(`${new URL(url).origin}/${fragment}`);
    await page.getByRole('region', { name: 'Conditions' }).waitFor();
    // The line around what has the focus is for who uses the keyboard.
    await page.mouse.click(1, 1);
  }
  return page.screenshot();
}
