import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { kafkaExporterCrd } from '../../../src/operator/api/crd.ts';

const FILE = new URL('../../../crds/export.deepflow.io_kafkaexporters.yaml', import.meta.url);

interface Field {
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Every schema below a schema, with its path. */
function fieldsOf(schema: unknown, path = ''): Field[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const entries: [string, unknown][] = Object.entries(schema);
  const own = { path, schema: Object.fromEntries(entries) };
  const { properties, items, additionalProperties } = own.schema;
  const below: [string, unknown][] = Object.entries(properties ?? {});
  return [
    own,
    ...below.flatMap(([name, child]: [string, unknown]) => fieldsOf(child, `${path}.${name}`)),
    ...fieldsOf(items, `${path}[]`),
    ...fieldsOf(additionalProperties, `${path}{}`),
  ];
}

const crd = load(readFileSync(FILE, 'utf8'));
const text = JSON.stringify(kafkaExporterCrd());

function rootSchema(): unknown {
  const parsed: unknown = JSON.parse(text);
  return find(parsed, 'openAPIV3Schema');
}

function find(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  for (const [name, child] of entries) {
    const found = name === key ? child : find(child, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the CustomResourceDefinition', () => {
  it('in crds/ is what npm run generate makes', () => {
    expect(crd).toEqual(JSON.parse(text));
  });

  const fields = fieldsOf(rootSchema()).filter(({ path }) => path.startsWith('.s'));

  it('describes every field for kubectl explain', () => {
    const silent = fields.filter(
      ({ path, schema }) => !/[\]}]$/.test(path) && schema['description'] === undefined,
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('bounds every string, list and map, so that its rules stay cheap', () => {
    const unbounded = fields.filter(
      ({ schema }) =>
        (schema['type'] === 'string' && schema['enum'] === undefined && !('maxLength' in schema)) ||
        (schema['type'] === 'array' && !('maxItems' in schema)) ||
        ('additionalProperties' in schema && !('maxProperties' in schema)),
    );
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  it('has no default inside a list: Argo CD would find a difference that it never settles', () => {
    const defaults = fields.filter(
      ({ path, schema }) => path.startsWith('.spec') && path.includes('[]') && 'default' in schema,
    );
    expect(defaults.map(({ path }) => path)).toEqual([]);
  });

  it('keeps to what structural schemas allow', () => {
    for (const word of [
      'oneOf',
      'anyOf',
      '$ref',
      'propertyNames',
      '"additionalProperties":false',
    ]) {
      expect(text).not.toContain(word);
    }
  });
});
