import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kafkaExporterSpec } from '../src/operator/api/kafka-exporter-spec.ts';

const folder = new URL('../examples/', import.meta.url);
const document = z.looseObject({
  kind: z.string().optional(),
  spec: z.unknown().optional(),
});
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

function exportersIn(file: string): unknown[] {
  return z
    .array(document)
    .parse(loadAll(readFileSync(new URL(file, folder), 'utf8')))
    .filter(({ kind }) => kind === 'KafkaExporter')
    .map(({ spec }) => spec);
}

const named = z.looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) });

function objectsIn(file: string): string[] {
  return loadAll(readFileSync(new URL(file, folder), 'utf8')).map((object) => {
    const { kind, metadata } = named.parse(object);
    return `${kind} ${metadata.name}`;
  });
}

describe('the examples', () => {
  it.each(files.filter((file) => exportersIn(file).length > 0))(
    '%s has a KafkaExporter that the operator takes',
    (file) => {
      for (const spec of exportersIn(file)) {
        expect(kafkaExporterSpec.safeParse(spec).error).toBeUndefined();
      }
    },
  );

  it.each(files.filter((file) => !file.includes('/')))('%s is about a KafkaExporter', (file) => {
    expect(exportersIn(file)).not.toEqual([]);
  });

  it('can be applied one after the other: none replaces an object that another has', () => {
    const objects = files
      .filter((file) => !file.includes('/'))
      .flatMap((file) => [...new Set(objectsIn(file))])
      .filter((object) => !object.startsWith('Namespace '));
    expect(objects).toEqual([...new Set(objects)]);
    expect(objects.length).toBeGreaterThan(files.length / 2);
  });
});
