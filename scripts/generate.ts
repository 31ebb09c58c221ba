import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { kafkaExporterCrd } from '../src/operator/api/crd.ts';
import { argocdConfig } from './argocd-config.ts';
import { CHART, CHART_TABLE, chartFiles } from './chart/chart-files.ts';
import { withTable } from './chart/write-table.ts';
import { fieldPages } from './field-pages.ts';
import { fieldTables } from './field-table.ts';
import { MONITORING_TABLES, monitoringFiles } from './monitoring/monitoring-files.ts';
import { PICTURES, pictures } from './pictures.ts';

// Generates crds/ and the tables of docs/kafkaexporter.md from the schema in src/operator/api, docs/fields/ from the
// catalog in src/deepflow, deploy/argocd/argocd-cm.yaml from the Lua files beside it, Prometheus's rules and Grafana's dashboard
// from scripts/monitoring, and of the chart in deploy/helm what follows from these, from deploy/ and from
// scripts/chart/values.ts. Unit tests fail if the generated files differ.
const crd = kafkaExporterCrd();
writeFileSync(
  new URL('../crds/export.deepflow.io_kafkaexporters.yaml', import.meta.url),
  dump(crd, { sortKeys: true, lineWidth: 100, noRefs: true }),
);

const page = new URL('../docs/kafkaexporter.md', import.meta.url);
let text = readFileSync(page, 'utf8');
for (const [name, table] of Object.entries(fieldTables(crd))) {
  text = withTable(text, `${name} fields`, table);
}
writeFileSync(page, text);

const fields = new URL('../docs/fields/', import.meta.url);
rmSync(fields, { recursive: true, force: true });
mkdirSync(fields);
for (const [file, contents] of fieldPages()) writeFileSync(new URL(file, fields), contents);

for (const [file, contents] of chartFiles()) writeFileSync(new URL(file, CHART), contents);
for (const [file, contents] of monitoringFiles()) {
  writeFileSync(new URL(`../${file}`, import.meta.url), contents);
}
for (const table of [CHART_TABLE, ...MONITORING_TABLES]) {
  writeFileSync(table.page, withTable(readFileSync(table.page, 'utf8'), table.name, table.table));
}

writeFileSync(new URL('../deploy/argocd/argocd-cm.yaml', import.meta.url), argocdConfig());

for (const [file, picture] of await pictures()) writeFileSync(new URL(file, PICTURES), picture);
