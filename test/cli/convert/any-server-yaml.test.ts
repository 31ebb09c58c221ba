import fc from 'fast-check';
import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { isComplete } from '../../../src/cli/convert/convert-server-yaml.ts';
import { manifestText } from '../../../src/cli/convert/write/manifest-text.ts';
import { markdownReport, textReport } from '../../../src/cli/convert/write/report-text.ts';
import { kafkaCommands } from '../../../src/cli/convert/write/shell-commands.ts';
import { checkManifest } from '../../../src/cli/manifests/check-manifest.ts';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import { FILTER_OPERATORS } from '../../../src/deepflow/filters/record-filter.ts';
import { convert } from './conversion.ts';

const SECRET = 'pässwörd-never-shown';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '$tag', 'a b'),
);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
const filter = fc.record(
  {
    'field-name': fc.oneof(
      fc.constantFrom('server_port', 'pod_id_1', 'app_service', 'ip4_0'),
      text,
    ),
    operator: fc.oneof(fc.constantFrom(...FILTER_OPERATORS, 'IN', 'Not In'), text),
    'field-values': fc.array(fc.oneof(scalar, fc.constantFrom('a.*', '(', '10.0.0.1')), {
      maxLength: 70,
    }),
    other: text,
  },
  { requiredKeys: [] },
);
const condition = fc.oneof(
  fc.record({ type: fc.oneof(fc.constantFrom('or', 'and'), text) }),
  scalar,
);
const filters = fc.oneof(fc.array(filter, { maxLength: 40 }), scalar);
const number = fc.oneof(
  fc.integer({ min: -5, max: 2_000_000 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  scalar,
);
const flag = fc.oneof(fc.boolean(), scalar);

/** An exporter: what people write, and what they write by mistake. */
const exporter = fc.record(
  {
    protocol: fc.oneof(
      { weight: 9, arbitrary: fc.constant('kafka') },
      fc.constant('prometheus'),
      scalar,
    ),
    enabled: flag,
    'data-sources': fc.oneof(
      fc.array(fc.oneof(fc.constantFrom(...DATA_SOURCES), text), { maxLength: 6 }),
      scalar,
    ),
    endpoints: fc.oneof(
      fc.array(fc.oneof(fc.constantFrom('b:1', '[::1]:9092', 'b'), text), { maxLength: 70 }),
      scalar,
    ),
    'queue-count': number,
    'queue-size': number,
    'batch-size': number,
    'flush-timeout': number,
    'export-empty-tag': flag,
    'export-empty-metrics_disabled': flag,
    'export-empty-metrics-disabled': flag,
    'enum-translate-to-name-disabled': flag,
    'universal-tag-to-string-disabled': flag,
    'tag-filter-condition': condition,
    'tag-filters': filters,
    'tag-filters-groups': fc.oneof(
      fc.array(
        fc.record(
          { 'tag-filter-condition': condition, 'tag-filters': filters },
          { requiredKeys: [] },
        ),
        {
          maxLength: 20,
        },
      ),
      scalar,
    ),
    'export-fields': fc.oneof(
      fc.array(
        fc.oneof(fc.constantFrom('$tag', '$metrics', '$merics', '$k8s.label', 'pod_id_0'), text),
      ),
      scalar,
    ),
    'extra-headers': fc.oneof(
      fc.dictionary(fc.constantFrom('a', 'b'), fc.constant(SECRET)),
      scalar,
    ),
    sasl: fc.oneof(
      fc.record(
        {
          enabled: flag,
          'security-protocol': fc.oneof(fc.constantFrom('SASL_SSL', 'SASL_PLAINTEXT'), scalar),
          'sasl-mechanism': fc.oneof(
            fc.constantFrom('PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER'),
            scalar,
          ),
          username: scalar,
          password: fc.constant(SECRET),
          passwort: fc.constant(SECRET),
        },
        { requiredKeys: [] },
      ),
      scalar,
    ),
    topic: fc.oneof(fc.constantFrom('flows', '{table}'), scalar),
    unknown: fc.anything({ maxDepth: 1, values: [scalar] }),
  },
  { requiredKeys: [] },
);

const NAMESPACE = 'observability';

test('any server.yaml becomes valid KafkaExporters, names every option, shows no password, and gives the same bytes', () => {
  fc.assert(
    fc.property(
      fc.array(exporter, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (exporters, documented) => {
        const yaml = dump({ ingester: { exporters } });
        const options = documented ? ({ recordFormat: 'Documented' } as const) : {};
        const conversion = convert(yaml, options);

        const names = conversion.exporters.flatMap(({ resource }) => resource?.name ?? []);
        expect(new Set(names).size).toBe(names.length);
        for (const { lines, resource } of conversion.exporters) {
          if (resource === undefined) {
            expect(lines.some(({ outcome }) => outcome === 'not converted')).toBe(true);
          } else {
            expect(checkManifest(resource.manifest)).toMatchObject({ kind: 'valid' });
          }
        }
        for (const [i, written] of exporters.entries()) {
          const reported = conversion.exporters[i]?.lines.map(({ option }) => option) ?? [];
          if (written.protocol !== 'kafka') continue;
          const silent = Object.entries(written)
            .filter(([, value]) => value !== undefined)
            .filter(([name]) => !reported.some((option) => option.split(/[.[]/)[0] === name));
          expect(silent).toEqual([]);
        }

        const print = (): string => {
          const again = convert(yaml, options);
          const commands = kafkaCommands(again, { namespace: NAMESPACE, installation: '' });
          const extras = { namespace: NAMESPACE, secretCommands: [], kafkaCommands: commands };
          return [
            manifestText(again, () => undefined),
            markdownReport(again, extras),
            textReport(again, () => true),
          ].join('');
        };
        const printed = print();
        expect(printed).not.toContain(SECRET);
        expect(print()).toBe(printed);
        expect(isComplete(convert(yaml, options))).toBe(isComplete(conversion));
      },
    ),
    { numRuns: 150 },
  );
});
