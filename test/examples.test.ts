import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kafkaExporterSpec } from '../src/operator/api/kafka-exporter-spec.ts';

const folder = new URL('../examples/', import.meta.url);
const document = z.looseObject({ kind: z.string(), spec: z.unknown().optional() });

describe('the examples', () => {
  it.each(readdirSync(folder))('%s has a KafkaExporter that the operator takes', (file) => {
    const documents = loadAll(readFileSync(new URL(file, folder), 'utf8'));
    const exporters = z
      .array(document)
      .parse(documents)
      .filter(({ kind }) => kind === 'KafkaExporter');
    expect(exporters.length).toBeGreaterThan(0);
    for (const { spec } of exporters)
      expect(kafkaExporterSpec.safeParse(spec).error).toBeUndefined();
  });
});
