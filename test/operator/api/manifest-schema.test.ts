import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkManifest } from '../../../src/cli/manifests/check-manifest.ts';
import { manifestSchema } from '../../../src/operator/api/manifest-schema.ts';
import { anySpec } from './any-exporter.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const isValid = new Ajv({ strict: false, validateFormats: false }).compile(manifestSchema());
const HEAD = {
  apiVersion: 'export.deepflow.io/v1alpha1',
  kind: 'KafkaExporter',
  metadata: { name: 'x' },
};
const SPEC = {
  dataSources: ['flow_log.l7_flow_log'],
  source: { clickHouse: { url: 'http://ch:8123' } },
  endpoints: ['broker:9092'],
};

const ofKind = z.looseObject({ kind: z.literal('KafkaExporter') });

test('the JSON Schema of manifests accepts every example', () => {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));
  const found = files
    .flatMap((file) => loadAll(readFileSync(join(EXAMPLES, file), 'utf8')))
    .filter((document) => ofKind.safeParse(document).success);
  expect(found.length).toBeGreaterThan(2);
  for (const manifest of found)
    expect({ valid: isValid(manifest), manifest }).toMatchObject({ valid: true });
});

test.each([
  ['an unknown field', { ...SPEC, colour: 'red' }],
  ['an unknown field in depth', { ...SPEC, producer: { compress: 'zstd' } }],
  ['an unknown data source', { ...SPEC, dataSources: ['x'] }],
  [
    'a data source that is named twice',
    { ...SPEC, dataSources: [...SPEC.dataSources, ...SPEC.dataSources] },
  ],
  ['a broker without a port', { ...SPEC, endpoints: ['broker'] }],
  ['a number as text', { ...SPEC, batchSize: '1' }],
  ['a number that is too large', { ...SPEC, queueCount: 65 }],
  ['no endpoints', { ...SPEC, endpoints: undefined }],
  ['no spec', undefined],
])('it refuses %s', (_name, spec) => {
  expect(isValid(JSON.parse(JSON.stringify({ ...HEAD, spec })))).toBe(false);
});

test('it refuses another version', () => {
  expect(isValid({ ...HEAD, apiVersion: 'export.deepflow.io/v1', spec: SPEC })).toBe(false);
});

test('it refuses nothing that the API server accepts', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anySpec(), (spec) => {
      const manifest = { ...HEAD, spec };
      if (checkManifest(manifest).kind === 'refused' || JSON.stringify(spec).includes('null'))
        return;
      accepted++;
      expect(isValid(manifest)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(10);
});
