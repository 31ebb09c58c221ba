import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { schemaCommand } from '../../src/cli/schema.ts';

const L7 = 'flow_log.l7_flow_log';
const PUSHED = {
  source: { http: { allowAnonymous: true, organizationId: 7 } },
  universalTagTranslateToNameDisabled: true,
};
const L4 = 'flow_log.l4_flow_log';
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'schema-'));
});
afterAll(() => rm(directory, { recursive: true }));

const schemaSchema = z.looseObject({
  $schema: z.string(),
  title: z.string(),
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()),
  additionalProperties: z.literal(false),
});

/** Runs the command over a manifest of these fields. */
async function schema(
  spec: object,
  options: readonly string[] = [],
): Promise<z.infer<typeof schemaSchema>> {
  const file = path.join(directory, 'manifest.yaml');
  const resource = {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'flow-logs', namespace: 'net' },
    spec: {
      dataSources: [L7],
      source: { clickHouse: { url: 'http://not-reached:8123' } },
      endpoints: ['not-reached:9092'],
      ...spec,
    },
  };
  await writeFile(file, dump(resource));
  const stdout = new PassThrough();
  const output = text(stdout);
  try {
    await schemaCommand({ stdin: new PassThrough(), stdout }).parseAsync(['-f', file, ...options], {
      from: 'user',
    });
  } finally {
    stdout.end();
  }
  return schemaSchema.parse(JSON.parse(await output));
}

describe('the schema command', () => {
  test('prints the schema of a resource’s only data source', async () => {
    const { $schema, title, properties, required } = await schema({
      exportFields: ['server_port', 'l7_protocol', 'pod_id_0'],
    });
    expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(title).toBe('flow_log.l7_flow_log as exported by net/flow-logs');
    expect(Object.keys(properties)).toEqual([
      'datasource',
      'l7_protocol',
      'server_port',
      'pod_0',
      'time_str',
    ]);
    expect(required).toEqual(['datasource', 'l7_protocol', 'server_port', 'time_str']);
  });

  test.each<[string, object, string, unknown]>([
    ['recordFormat', { recordFormat: 'Compatible' }, 'ip6_0', undefined],
    ['keepIds', { keepIds: true }, 'pod_id_0', { type: 'integer' }],
    [
      'enumTranslateToNameDisabled',
      { enumTranslateToNameDisabled: true },
      'type',
      { maximum: 255 },
    ],
    [
      'universalTagTranslateToNameDisabled',
      { universalTagTranslateToNameDisabled: true },
      'pod_0',
      undefined,
    ],
    [
      'timeZone',
      { timeZone: 'Asia/Tokyo' },
      'time_str',
      { description: 'Time of the event in Asia/Tokyo.' },
    ],
    [
      'source.clickHouse.organizationId',
      { source: { clickHouse: { url: 'http://x:1', organizationId: 12 } } },
      'org_id',
      { const: 12 },
    ],
    ['source.http', PUSHED, 'org_id', { const: 7 }],
    ['source.http', PUSHED, 'pod_group_type_0', undefined],
  ])('follows spec.%s', async (_name, spec, key, expected) => {
    const { properties } = await schema(spec);
    if (expected === undefined) expect(properties).not.toHaveProperty(key);
    else expect(properties[key]).toMatchObject(Object(expected));
  });

  test.each([
    ['exportEmptyTag', { exportEmptyTag: true }, 'trace_id', true],
    ['exportEmptyTag', { exportEmptyTag: false }, 'trace_id', false],
    [
      'exportEmptyMetricsDisabled',
      { exportEmptyMetricsDisabled: true },
      'response_duration',
      false,
    ],
    [
      'exportEmptyMetricsDisabled',
      { exportEmptyMetricsDisabled: false },
      'response_duration',
      true,
    ],
  ])('requires what spec.%s keeps', async (_name, spec, key, isRequired) => {
    expect((await schema(spec)).required.includes(key)).toBe(isRequired);
  });

  test('prints the schema of the requested data source', async () => {
    const { title } = await schema({ dataSources: [L7, L4] }, ['--data-source', L4]);
    expect(title).toContain(L4);
  });

  test.each([
    [
      'several data sources and no choice',
      { dataSources: [L7, L4] },
      [],
      `--data-source must be given: ${L7}, ${L4}`,
    ],
    ['another data source', {}, ['--data-source', L4], `must be one of spec.dataSources: ${L7}`],
    ['a spec that is not valid', { batchSize: 0 }, [], 'spec.batchSize: '],
  ])('says what is wrong with %s', async (_name, spec, options, words) => {
    await expect(schema(spec, options)).rejects.toThrow(words);
  });
});
