import { writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { kafkaExporterCrd } from '../src/operator/api/crd.ts';

// Generates crds/ from the schema in src/operator/api; a unit test fails while the two differ.
writeFileSync(
  new URL('../crds/export.deepflow.io_kafkaexporters.yaml', import.meta.url),
  dump(kafkaExporterCrd(), { sortKeys: true, lineWidth: 100, noRefs: true }),
);
