import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { kafkaExporterCrd } from '../src/operator/api/crd.ts';
import { argocdConfig } from './argocd-config.ts';
import { fieldPages } from './field-pages.ts';
import { fieldTables } from './field-table.ts';

// Generates crds/ and the tables of docs/kafkaexporter.md from the schema in src/operator/api, and docs/fields/
// from the catalog in src/deepflow, and deploy/argocd/argocd-cm.yaml from the Lua files beside it. Unit tests fail if the generated files differ.
const crd = kafkaExporterCrd();
writeFileSync(
  new URL('../crds/export.deepflow.io_kafkaexporters.yaml', import.meta.url),
  dump(crd, { sortKeys: true, lineWidth: 100, noRefs: true }),
);

const page = new URL('../docs/kafkaexporter.md', import.meta.url);
let text = readFileSync(page, 'utf8');
for (const [name, table] of Object.entries(fieldTables(crd))) {
  const [begin, end] = [`<!-- ${name} fields: generated -->`, `<!-- ${name} fields: end -->`];
  const before = text.slice(0, text.indexOf(begin));
  const after = text.slice(text.indexOf(end));
  text = `${before}${begin}\n\n${table}\n\n${after}`;
}
writeFileSync(page, text);

const fields = new URL('../docs/fields/', import.meta.url);
rmSync(fields, { recursive: true, force: true });
mkdirSync(fields);
for (const [file, contents] of fieldPages()) writeFileSync(new URL(file, fields), contents);

writeFileSync(new URL('../deploy/argocd/argocd-cm.yaml', import.meta.url), argocdConfig());
