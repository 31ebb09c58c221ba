import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { QUERY_DEFAULTS } from '../src/exporter/contract/exporter-config.ts';
import { IDLE_MS } from '../src/exporter/source/clickhouse/connection/clients.ts';
import { StatedSettings } from '../src/exporter/source/clickhouse/connection/stated-settings.ts';
import { kafkaExporterSpec } from '../src/operator/api/kafka-exporter-spec.ts';
import { DEEPFLOW_CHART } from './fixtures/deepflow-chart.ts';
import { DEEPFLOW_ENGINE } from './harness/clickhouse/engine-versions.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));

const PAGES = ['README.md', ...filesIn('docs', '.md'), ...filesIn('examples', '.yaml')];
const { headlessService, httpPort, namespace, service, timeZone, user } = DEEPFLOW_CHART;

/** Addresses that lead to DeepFlow's ClickHouse: its Service, and each of its pods. */
const ADDRESSES = new RegExp(
  `^http://(${service}|${service}-\\d+\\.${headlessService})\\.${namespace}:${httpPort}$`,
);

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  stringData: z.record(z.string(), z.string()).optional(),
  spec: z.unknown().optional(),
});

const EXAMPLES = filesIn('examples', '.yaml').filter((file) =>
  read(file).includes('kind: KafkaExporter'),
);

describe('DeepFlow’s ClickHouse', () => {
  test('is named as the chart names it wherever it is named', () => {
    const named = PAGES.flatMap((page) =>
      [...read(page).matchAll(/https?:\/\/deepflow-[\w.-]+:\d+/g)].map(([url]) => url),
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((url) => !ADDRESSES.test(url))).toEqual([]);
  });

  test('is forwarded from the namespace, service and port that the chart gives it', () => {
    const forwards = PAGES.flatMap((page) =>
      [...read(page).matchAll(/port-forward --namespace (\S+) service\/(\S+) \d+:(\d+)/g)].map(
        ([, from, name, port]) => ({ from, name, port }),
      ),
    ).filter(({ name }) => name?.includes('clickhouse'));
    expect(forwards.length).toBeGreaterThan(0);
    for (const forward of forwards)
      expect(forward).toEqual({ from: namespace, name: service, port: String(httpPort) });
  });

  test.each(EXAMPLES)('%s reads it as the chart’s user', (file) => {
    const documents = loadAll(read(file)).map((found) => manifest.parse(found));
    const exporters = documents.filter(({ kind }) => kind === 'KafkaExporter');
    expect(exporters.length).toBeGreaterThan(0);
    for (const { spec } of exporters) {
      const { clickHouse } = kafkaExporterSpec.parse(spec).source;
      if (clickHouse === undefined) continue;
      expect(clickHouse.url).toMatch(ADDRESSES);
      const { credentialsSecretRef: reference } = clickHouse;
      // Without one it is the user that ClickHouse itself calls default.
      const login = documents.find(
        ({ kind, metadata }) => kind === 'Secret' && metadata.name === reference?.name,
      );
      const found = reference === undefined ? 'default' : login?.stringData?.['username'];
      expect(found).toBe(user);
    }
  });

  test('is what the tests of DeepFlow’s version run on', () => {
    expect(DEEPFLOW_ENGINE).toBe(DEEPFLOW_CHART.clickHouseVersion);
  });

  test('has no setting in its profile that changes an answer to the exporter', async () => {
    let asked = '';
    const clause = await new StatedSettings({}).clause((query) => {
      asked = query;
      const stated = query.matchAll(/`(\w+)` = (?:'(.*?)'|([^\s,]+))/g);
      const found = [...stated].map(([, name, quoted, bare]) => [name, quoted ?? bare, '0']);
      return Promise.resolve(JSON.stringify(found));
    });
    for (const [name, value] of Object.entries(DEEPFLOW_CHART.profile)) {
      expect(asked).toContain(`'${name}'`);
      expect(clause).toContain(`\`${name}\` = `);
      expect(clause).not.toContain(`\`${name}\` = ${value},`);
    }
  });

  test('closes no connection before the exporter does', () => {
    expect(IDLE_MS).toBeLessThan(DEEPFLOW_CHART.keepAliveSeconds * 1_000);
  });

  test('has room for DeepFlow beside the exporters of all data sources, each with three pods', () => {
    const queries = QUERY_DEFAULTS.maxConcurrentQueries * 3 * 16;
    expect(queries).toBeLessThan(DEEPFLOW_CHART.maxConcurrentQueries / 4);
  });

  test('has its time zone in the tables that tests read, and in no other form', () => {
    const types = filesIn('test/harness/generator/schema', '.sql').flatMap((file) =>
      [...read(file).matchAll(/\b(DateTime(?:64)?)(\([^)]*\))?/g)].map(([type]) => type),
    );
    expect(new Set(types)).toEqual(
      new Set([`DateTime('${timeZone}')`, `DateTime64(6, '${timeZone}')`]),
    );
  });

  test('has its time zone where pushed rows name none', () => {
    const { source } = kafkaExporterSpec.parse({
      dataSources: ['flow_log.l7_flow_log'],
      source: { http: { allowAnonymous: true } },
      endpoints: ['broker:9092'],
      universalTagTranslateToNameDisabled: true,
    });
    expect(source.http?.timeZone).toBe(timeZone);
  });
});
