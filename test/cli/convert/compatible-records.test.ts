import { expect, test } from 'vitest';
import { checkManifest } from '../../../src/cli/manifests/check-manifest.ts';
import { compileSelection } from '../../../src/deepflow/fields/export-fields.ts';
import { compilePredicate } from '../../../src/deepflow/filters/predicate/compile-predicate.ts';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { renderExporterConfig } from '../../../src/operator/desired/exporter-config.ts';
import { convert, serverYaml } from './conversion.ts';

/** The configuration of the exporter's pods. */
function configOf(...options: readonly string[]): ExporterConfig {
  const [exporter] = convert(serverYaml(...options)).exporters;
  const checked = checkManifest(exporter?.resource?.manifest);
  if (checked.kind !== 'valid') throw new Error('the manifest is not valid');
  const rendered = renderExporterConfig(checked.resource);
  if (rendered.kind !== 'rendered') throw new Error(rendered.problems.join('\n'));
  return rendered.config;
}

const L7 = 'flow_log.l7_flow_log';

test.each([
  // What deepflow-server does, which its documentation does not say.
  [
    '= 443 and a name',
    '[{ field-name: server_port, operator: "=", field-values: [443, web] }]',
    443,
    true,
  ],
  [
    'a wildcard on a number',
    '[{ field-name: server_port, operator: ":", field-values: ["8*"] }]',
    443,
    true,
  ],
  [
    'IN of others',
    '[{ field-name: server_port, operator: IN, field-values: [80, 8080] }]',
    443,
    false,
  ],
  [
    'NOT IN of others',
    '[{ field-name: server_port, operator: NOT IN, field-values: [80] }]',
    443,
    true,
  ],
])('a filter passes what it passes in deepflow-server: %s', (_, filters, port, passes) => {
  const { filter, recordFormat } = configOf(`tag-filters: ${filters}`);
  const predicate = compilePredicate(filter, L7, { rules: recordFormat, organizationId: 1 });
  expect(predicate?.((column) => (column === 'server_port' ? port : undefined)) ?? true).toBe(
    passes,
  );
});

test('the condition or rejects nothing, as in deepflow-server', () => {
  const { filter, recordFormat } = configOf(
    'tag-filters: [{ field-name: server_port, operator: "=", field-values: [443] }]',
    'tag-filter-condition: { type: or }',
  );
  expect(compilePredicate(filter, L7, { rules: recordFormat, organizationId: 1 })).toBeUndefined();
});

test.each([
  ['export-fields:', 0, 9],
  ['export-fields: [$tag, $metrics]', 109, 9],
])('the fields are as many as those of deepflow-server: %s', (option, tags, metrics) => {
  const { exportFields, recordFormat } = configOf(option);
  const { fields } = compileSelection(exportFields, L7, recordFormat);
  const count = (category: string): number =>
    fields.filter((field) => field.category === category).length;
  expect([count('tag'), count('metric')]).toEqual([tags, metrics]);
});
