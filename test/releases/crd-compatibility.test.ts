import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kafkaExporterCrd } from '../../src/operator/api/crd.ts';
import { type Schema, schemaRestrictions } from './schema-restrictions.ts';

const schema = z.record(z.string(), z.unknown());
const crd = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    scope: z.string(),
    names: schema,
    versions: z.array(
      z.looseObject({
        name: z.string(),
        served: z.boolean(),
        storage: z.boolean(),
        subresources: schema,
        schema: z.object({ openAPIV3Schema: schema }),
      }),
    ),
  }),
});
type Crd = z.infer<typeof crd>;

const released = crd.parse(load(readFileSync(new URL('crd.yaml', import.meta.url), 'utf8')));
const today = crd.parse(JSON.parse(JSON.stringify(kafkaExporterCrd())));

/** What clients and stored objects depend on, besides the schema. */
const identity = ({ spec }: Crd): object => ({
  group: spec.group,
  scope: spec.scope,
  names: spec.names,
  versions: spec.versions.map(({ name, served, storage, subresources }) => ({
    name,
    served,
    storage,
    subresources,
  })),
});

const schemaOf = ({ spec }: Crd, version: string): Schema =>
  spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema ?? {};

describe('the CRD since the last release', () => {
  it('has the same names and versions', () => {
    expect(identity(today)).toMatchObject(identity(released));
  });

  it.each(released.spec.versions.map(({ name }) => name))(
    'accepts each resource of %s that was accepted, and understands it as before',
    (version) => {
      expect(schemaRestrictions(schemaOf(released, version), schemaOf(today, version))).toEqual([]);
    },
  );
});

const text = { type: 'string', maxLength: 9, enum: ['a', 'b'] };
const list = { type: 'array', maxItems: 4, items: text };
const object = { type: 'object', properties: { text, list }, required: ['text'] };
const withField = (name: string, field: Schema): Schema => ({
  ...object,
  properties: { ...object.properties, [name]: field },
});
const RULE = [{ rule: 'self.text != self.list[0]', message: 'no' }];

describe('what a schema restricts', () => {
  it.each<[string, Schema]>([
    ['nothing', object],
    ['a new optional field', withField('more', { type: 'string' })],
    [
      'a new required field with a default',
      {
        ...withField('more', { type: 'string', default: 'x' }),
        required: ['text', 'more'],
      },
    ],
    ['a field that is no longer required', { ...object, required: [] }],
    ['a new value of an enum', withField('text', { ...text, enum: ['a', 'b', 'c'] })],
    ['an enum that any value replaces', withField('text', { type: 'string', maxLength: 9 })],
    ['a longer text', withField('text', { ...text, maxLength: 10 })],
    ['a longer list', withField('list', { ...list, maxItems: 5 })],
    ['another description', { ...object, description: 'new' }],
  ])('is nothing with %s', (_name, after) => {
    expect(schemaRestrictions(object, after)).toEqual([]);
  });

  it.each<[string, Schema]>([
    ['.text: was removed', { ...object, properties: { list } }],
    ['.list: became required', { ...object, required: ['text', 'list'] }],
    ['.text: type was "string", is "integer"', withField('text', { ...text, type: 'integer' })],
    ['.text: the value "b" was removed', withField('text', { ...text, enum: ['a'] })],
    ['.text: maxLength was 9, is 8', withField('text', { ...text, maxLength: 8 })],
    ['.text: minLength was absent, is 1', withField('text', { ...text, minLength: 1 })],
    ['.text: pattern was absent, is "^a"', withField('text', { ...text, pattern: '^a' })],
    ['.text: default was absent, is "a"', withField('text', { ...text, default: 'a' })],
    ['.list: maxItems was 4, is 3', withField('list', { ...list, maxItems: 3 })],
    [
      '.list[]: maxLength was 9, is 8',
      withField('list', { ...list, items: { ...text, maxLength: 8 } }),
    ],
    [
      '.list: x-kubernetes-list-type was absent, is "set"',
      withField('list', { ...list, 'x-kubernetes-list-type': 'set' }),
    ],
    [`: has a new rule: ${RULE[0]?.rule ?? ''}`, { ...object, 'x-kubernetes-validations': RULE }],
  ])('is told: %s', (restriction, after) => {
    expect(schemaRestrictions(object, after)).toEqual([restriction]);
  });
});
