import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { startDashboardServer } from '../../../src/dashboard/dashboard-server.ts';
import { createFleetFeed } from '../../../src/dashboard/fleet-feed.ts';
import type { FleetReading } from '../../../src/fleet/fleet-reading.ts';
import { readFleet } from '../../../src/fleet/read-fleet.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { sampleCluster } from '../../dashboard/sample-cluster.ts';
import { requireDebianPackages } from '../../harness/commands/debian-packages.ts';
import { PROGRAMS } from '../../lib/run-program.ts';
import { type ClusterUnderTest, impersonating, openCluster } from './cluster/cluster-under-test.ts';
import { createResource, resourceUnderTest } from './cluster/resource-under-test.ts';

const MANY = 1_000;
/** An exporter of each kind: one delivers, one has a problem, one is switched off. */
const FEW = [
  { name: 'well', status: 'True', reason: 'Delivering', message: 'records reach Kafka' },
  { name: 'broken', status: 'False', reason: 'TopicMissing', message: 'create the topic calls' },
  { name: 'off', status: 'False', reason: 'Disabled', message: 'spec.enabled is false' },
] as const;

/** How long a page with 1 000 exporters may take to draw, and Playwright to look through it, on a machine that does other work. */
const SHOWN = { timeout: 90_000 };
/** The same of all that the test with 1 000 exporters does. */
const LONGEST_MS = 400_000;

const kubernetes = inject('kubernetes');
let cluster: ClusterUnderTest;
let browser: Browser;

beforeAll(async () => {
  await requireDebianPackages(
    [{ name: 'chromium', provides: '/usr/bin/chromium' }],
    'install Chromium.',
  );
  cluster = await openCluster(kubernetes, 'dashboard');
  for (const { name, ...state } of FEW) {
    await createResource(cluster, name);
    await setReady(name, state);
  }
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    // Tests run as root, for which Chromium has no sandbox.
    args: ['--no-sandbox'],
  });
});

afterAll(async () => {
  await browser.close();
  await cluster.close();
});

async function setReady(
  name: string,
  state: { readonly status: string; readonly reason: string; readonly message: string },
): Promise<void> {
  const about = { observedGeneration: 1, lastTransitionTime: '2026-01-31T00:00:00Z' };
  const valid = { status: 'True', reason: 'Valid', message: 'the spec is valid' };
  await cluster.admin.patchStatus('kafkaExporter', name, {
    conditions: [
      { type: 'Ready', ...about, ...state },
      { type: 'ConfigValid', ...about, ...valid },
    ],
    pods: '1/1',
    credentials: { desiredRevision: 2, appliedRevision: 2 },
    delivery: { topics: { 'flow_log.l7_flow_log': `${name}.calls` }, unownedShards: [1] },
  });
}

interface OpenDashboard {
  readonly page: Page;
  /** Ends the command, as Ctrl-C does. */
  readonly end: () => void;
  /** From now on, the browser may report requests that fail. */
  readonly allowFailures: () => void;
}

/** Starts the command, which is ended with the test, and opens the address that it prints. */
async function openDashboard(kubeconfig = kubernetes.kubeconfigPath): Promise<OpenDashboard> {
  const place = ['--namespace', cluster.namespace, '--kubeconfig', kubeconfig];
  const child: ChildProcess = spawn(
    process.execPath,
    [`${PROGRAMS}main.ts`, 'dashboard', ...place],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    child.kill();
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.on('exit', () => {
      reject(new Error(`the command has ended: ${output}`));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [found] = /http:\S+/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const errors: string[] = [];
  let mayFail = false;
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !mayFail) errors.push(message.text());
  });
  onTestFinished(() => {
    expect(errors).toEqual([]);
  });
  await page.goto(url);
  const allowFailures = (): void => {
    mayFail = true;
  };
  const end = (): void => {
    allowFailures();
    child.kill('SIGINT');
  };
  return { page, end, allowFailures };
}

const names = (page: Page): Promise<string[]> =>
  page.getByRole('heading', { level: 2 }).allTextContents();

test('the dashboard shows exporters, can be used with the keyboard, and follows a change', async () => {
  const { page } = await openDashboard();
  await page.getByRole('article', { name: /^well in / }).waitFor();
  const of = (name: string): string => `${cluster.namespace}/${name}`;
  expect(await names(page)).toEqual([of('broken'), of('off'), of('well')]);
  expect(await page.getByRole('status').textContent()).toBe('3 exporters, 1 needs attention');
  const broken = page.getByRole('article', { name: /^broken in / });
  expect(await broken.textContent()).toContain('TopicMissing');
  expect(await broken.textContent()).toContain('create the topic calls');
  const figures = ['Lag', 'Records/s', 'Errors/s', 'Credentials: revision 2, in use'];
  for (const figure of figures) expect(await broken.textContent()).toContain(figure);

  await page.getByText('By namespace').click();
  const totals = page.getByRole('row', { name: cluster.namespace });
  expect(await totals.getByRole('cell').allTextContents()).toEqual(['3', '1', '-', '-', '-', '-']);
  await page.getByText('By namespace').click();
  await page.getByRole('heading', { level: 1 }).click();

  // Tab reaches the controls in their order, and Space and letters work them.
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.type')).toBe('search');
  await page.keyboard.type('deliv');
  await page.getByRole('article', { name: /^broken in / }).waitFor({ state: 'detached' });
  expect(await names(page)).toEqual([of('well')]);
  await page.getByRole('searchbox', { name: 'Search' }).fill('');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.getByRole('article', { name: /^well in / }).waitFor({ state: 'detached' });
  expect(await names(page)).toEqual([of('broken')]);
  await page.keyboard.press('Space');
  await page.getByRole('combobox', { name: 'Order' }).selectOption('name');
  await broken.getByText('More').click();
  expect(await broken.getByRole('term').first().textContent()).toBe('Bytes/s');

  await setReady('broken', {
    status: 'True',
    reason: 'Delivering',
    message: 'records reach Kafka',
  });
  await page.getByText('3 exporters, 0 need attention').waitFor();
  // What was opened stays open.
  expect(await broken.getByRole('term').count()).toBeGreaterThan(3);
  await setReady('broken', FEW[1]);
});

test('the dashboard says that its command has ended', async () => {
  const { end, page } = await openDashboard();
  await page.getByRole('article').first().waitFor();
  end();
  await page.getByRole('alert').getByText('does not answer').waitFor();
});

const heading = (page: Page): Promise<string | null> =>
  page.getByRole('heading', { level: 1 }).textContent();

/** Waits until the details of an exporter are shown. */
async function untilShown(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Conditions' }).waitFor();
}

test('an exporter is opened by mouse and by keyboard, reloaded, and closed by link, key and back button', async () => {
  const { page } = await openDashboard();
  const of = (name: string): string => `${cluster.namespace}/${name}`;
  const list = page.getByRole('list', { name: 'KafkaExporters' });
  await list.waitFor();
  await page.getByRole('searchbox').fill('calls');

  // The whole card is its link, which lies above its text.
  const broken = page.getByRole('article', { name: /^broken in / });
  await broken.getByText('Records/s').click({ force: true });
  await untilShown(page);
  expect(await heading(page)).toBe(of('broken'));
  expect(new URL(page.url()).hash).toBe(`#/${of('broken')}`);
  expect(await page.title()).toBe(`broken in ${cluster.namespace}`);
  expect(await list.isVisible()).toBe(false);
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  await page.reload();
  await untilShown(page);
  expect(await heading(page)).toBe(of('broken'));
  await page.goBack();
  await list.waitFor();
  expect(await heading(page)).toBe('KafkaExporters');

  await page.getByRole('searchbox').fill('calls');
  await page.getByRole('link', { name: of('well') }).focus();
  await page.keyboard.press('Enter');
  await untilShown(page);
  expect(await heading(page)).toBe(of('well'));
  await page.keyboard.press('Escape');
  await list.waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('calls');
  expect(await page.evaluate('document.activeElement.textContent')).toBe(of('well'));
  await page.keyboard.press('Enter');
  await untilShown(page);
  await page.getByRole('link', { name: 'Back to all exporters' }).click();
  await list.waitFor();
});

test('an exporter has the way of its data as a picture and as tables, its conditions and credentials', async () => {
  const { page } = await openDashboard();
  await page.getByRole('link', { name: /broken/ }).click();
  await untilShown(page);
  const picture = page.getByRole('img', { name: /^ClickHouse, .*1 without a pod/ });
  const texts = await picture.locator('text').allTextContents();
  expect(texts).toEqual(
    expect.arrayContaining(['ClickHouse', 'no pod has it', 'shard 1, lag -', 'broken.calls']),
  );
  const shards = page.getByRole('region', { name: 'Shards' }).getByRole('row');
  expect(await shards.nth(1).getByRole('cell').allTextContents()).toEqual([
    'no pod has it',
    '-',
    '-',
  ]);
  const conditions = page.getByRole('region', { name: 'Conditions' });
  expect(await conditions.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
    'Ready: False, needs attention',
    'ConfigValid: True',
  ]);
  expect(await conditions.textContent()).toContain('docs/troubleshooting.md, section Kafka');
  const credentials = page.getByRole('region', { name: 'Credentials' });
  expect(await credentials.getByRole('definition').allTextContents()).toEqual([
    '2',
    '2',
    'no pod has said which revision it uses',
    'none is being tried',
  ]);
  await setReady('broken', FEW[0]);
  await conditions.getByRole('heading', { name: 'Ready: True' }).waitFor();
  await setReady('broken', FEW[1]);
});

test('who may not list pods sees the rest of an exporter, and which right is missing', async () => {
  const account = `${cluster.namespace}:viewer`;
  await cluster.kubectl([
    ...['create', 'rolebinding', 'viewer', '--namespace', cluster.namespace],
    ...['--clusterrole', 'kafkaexporter-viewer', '--serviceaccount', account],
  ]);
  const folder = await mkdtemp(path.join(tmpdir(), 'dashboard-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kubeconfig = path.join(folder, 'viewer.kubeconfig');
  await writeFile(kubeconfig, await impersonating(kubernetes.kubeconfigPath, { account }));
  const { page } = await openDashboard(kubeconfig);
  await page.getByRole('link', { name: /broken/ }).click();
  await untilShown(page);
  await page.getByRole('alert').getByText('right: list pods').first().waitFor();
  expect(await page.getByRole('region', { name: 'Pods' }).textContent()).toContain(
    'You may not list pods',
  );
  expect(await page.getByRole('region', { name: 'Topics' }).textContent()).toContain(
    'broken.calls',
  );
});

test('an exporter that is deleted while it is open, or is not there, is told', async () => {
  const short = await createResource(cluster, 'short');
  const { allowFailures, page } = await openDashboard();
  await page.getByRole('link', { name: /short/ }).click();
  await untilShown(page);
  allowFailures();
  await short.remove();
  await page.getByRole('alert').getByText(`there is no KafkaExporter short in`).waitFor();
  await page.goto(`${new URL(page.url()).origin}/#/elsewhere/none`);
  await page.getByRole('alert').getByText('there is no KafkaExporter none in').waitFor();
});

test('an exporter whose pods answer shows their shards, records, lag and credentials, with pushes as well', async () => {
  const client = sampleCluster(systemClock);
  const read = (before?: FleetReading): Promise<FleetReading> =>
    readFleet({ client, clock: systemClock }, {}, before);
  const feed = createFleetFeed({ clock: systemClock, intervalMs: 500, read });
  const server = await startDashboardServer({ port: 0, feed, token: 'test' });
  const page = await browser.newPage({ colorScheme: 'dark' });
  onTestFinished(async () => {
    await page.close();
    feed.stop();
    await server.close();
  });
  await page.goto(server.url);
  const card = page.getByRole('article', { name: 'flow-logs in observability' });
  await card.getByText('Credentials: revision 3, in use by 2 of 2 pods; trying 4').waitFor();
  await card.getByRole('link').click();
  await untilShown(page);
  const picture = page.getByRole('img', { name: /^ClickHouse/ });
  await picture.getByText('gets records').first().waitFor();
  const texts = await picture.locator('text').allTextContents();
  expect(texts).toEqual(expect.arrayContaining(['shard 3, lag 31s', 'flow-logs-exporter-1']));
  const pods = page.getByRole('region', { name: 'Pods' }).getByRole('row');
  expect(await pods.last().getByRole('cell').last().textContent()).toBe('3, 4');
  expect(await page.getByRole('region', { name: 'Credentials' }).textContent()).toContain(
    'revision 4 is being tried by 2 pods',
  );
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'edge/pushed-spans' }).click();
  await page.getByRole('img', { name: /^HTTP, / }).waitFor();
  expect(await page.getByRole('region', { name: 'Shards' }).count()).toBe(0);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'platform/all-tables' }).click();
  await page.getByRole('img').getByText('and 56 more').waitFor();
  await page.getByRole('img').getByText('and 16 more').waitFor();
});

test(
  `the dashboard works with ${MANY} exporters`,
  async () => {
    const all = Array.from({ length: MANY - FEW.length }, (_, i) => `many-${i}`);
    for (let i = 0; i < all.length; i += 50) {
      await Promise.all(all.slice(i, i + 50).map((name) => createResource(cluster, name)));
    }
    const { page } = await openDashboard();
    page.setDefaultTimeout(SHOWN.timeout);
    await page.getByRole('status').getByText(`${MANY} exporters`).waitFor();
    expect(await page.getByRole('article').count()).toBe(MANY);

    // By its address, because Playwright would compute the names of all links each time.
    const link = page.locator('a[href$="/many-776"]');
    await link.scrollIntoViewIfNeeded();
    await link.focus();
    const topOf = async (): Promise<number> => (await link.boundingBox())?.y ?? -1;
    const top = await topOf();
    await page.keyboard.press('Enter');
    await untilShown(page);
    expect(await page.evaluate('window.scrollY')).toBe(0);
    await page.keyboard.press('Escape');
    await link.waitFor();
    await expect.poll(topOf, SHOWN).toBeCloseTo(top, -1);
    expect(await page.evaluate('window.scrollY')).toBeGreaterThan(1_000);
    await page.getByRole('searchbox').fill('many-77');
    // The page draws at its next frame.
    await expect
      .poll(async () => (await names(page)).filter((name) => !name.includes('many-77')), SHOWN)
      .toEqual([]);
    await page.getByRole('article', { name: /^many-776 in / }).waitFor();
    await resourceUnderTest(cluster, 'many-0').remove();
    await page
      .getByRole('status')
      .getByText(`${MANY - 1} exporters`)
      .waitFor();
  },
  LONGEST_MS,
);
