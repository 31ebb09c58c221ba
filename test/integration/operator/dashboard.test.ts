import { type ChildProcess, spawn } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { requireDebianPackages } from '../../harness/commands/debian-packages.ts';
import { PROGRAMS } from '../../lib/run-program.ts';
import { type ClusterUnderTest, openCluster } from './cluster/cluster-under-test.ts';
import { createResource, resourceUnderTest } from './cluster/resource-under-test.ts';

const MANY = 1_000;
/** An exporter of each kind: one delivers, one has a problem, one is switched off. */
const FEW = [
  { name: 'well', status: 'True', reason: 'Delivering', message: 'records reach Kafka' },
  { name: 'broken', status: 'False', reason: 'TopicMissing', message: 'create the topic calls' },
  { name: 'off', status: 'False', reason: 'Disabled', message: 'spec.enabled is false' },
] as const;

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
  const ready = {
    type: 'Ready',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-31T00:00:00Z',
    ...state,
  };
  await cluster.admin.patchStatus('kafkaExporter', name, { conditions: [ready], pods: '1/1' });
}

interface OpenDashboard {
  readonly page: Page;
  /** Ends the command, as Ctrl-C does. */
  readonly end: () => void;
}

/** Starts the command, which is ended with the test, and opens the address that it prints. */
async function openDashboard(): Promise<OpenDashboard> {
  const place = ['--namespace', cluster.namespace, '--kubeconfig', kubernetes.kubeconfigPath];
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
  let isEnded = false;
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isEnded) errors.push(message.text());
  });
  onTestFinished(() => {
    expect(errors).toEqual([]);
  });
  await page.goto(url);
  const end = (): void => {
    isEnded = true;
    child.kill('SIGINT');
  };
  return { page, end };
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
});

test('the dashboard says that its command has ended', async () => {
  const { end, page } = await openDashboard();
  await page.getByRole('article').first().waitFor();
  end();
  await page.getByRole('alert').getByText('does not answer').waitFor();
});

test(`the dashboard works with ${MANY} exporters`, async () => {
  const all = Array.from({ length: MANY - FEW.length }, (_, i) => `many-${i}`);
  for (let i = 0; i < all.length; i += 50) {
    await Promise.all(all.slice(i, i + 50).map((name) => createResource(cluster, name)));
  }
  const { page } = await openDashboard();
  await page.getByRole('status').getByText(`${MANY} exporters`).waitFor();
  expect(await page.getByRole('article').count()).toBe(MANY);
  await page.getByRole('searchbox').fill('many-77');
  await page.getByRole('article', { name: /^many-776 in / }).waitFor();
  expect((await names(page)).every((name) => name.includes('many-77'))).toBe(true);
  await resourceUnderTest(cluster, 'many-0').remove();
  await page
    .getByRole('status')
    .getByText(`${MANY - 1} exporters`)
    .waitFor();
});
