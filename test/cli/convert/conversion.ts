import { z } from 'zod';
import {
  type Conversion,
  convertServerYaml,
} from '../../../src/cli/convert/convert-server-yaml.ts';
import type { ConvertOptions } from '../../../src/cli/convert/spec/convert-exporter.ts';

const OPTIONS: ConvertOptions = {
  namespace: 'observability',
  clickHouseUrl: 'http://clickhouse:8123',
  clickHouseSecret: undefined,
  name: undefined,
  topic: undefined,
  startFrom: undefined,
  recordFormat: 'Compatible',
};

/** Converts a server.yaml, with options of a usual call. */
export function convert(text: string, options: Partial<ConvertOptions> = {}): Conversion {
  return convertServerYaml('server.yaml', text, { ...OPTIONS, ...options });
}

/** The least that a Kafka exporter needs, and further options, each on lines of its own. */
export function serverYaml(...options: readonly string[]): string {
  const names = options.map((option) => option.split(':')[0]);
  const least = Object.entries({
    protocol: 'kafka',
    enabled: 'true',
    'data-sources': '[flow_log.l7_flow_log]',
    endpoints: '[broker:9092]',
    'export-fields': '[$tag, $metrics]',
  })
    .filter(([name]) => !names.includes(name))
    .map(([name, value]) => `${name}: ${value}`);
  const lines = [...least, ...options].flatMap((option) => option.split('\n'));
  return `ingester:\n  exporters:\n  -\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

const manifest = z.looseObject({ spec: z.record(z.string(), z.unknown()) });

/** The spec of the first KafkaExporter. */
export function specOf({ exporters: [first] }: Conversion): Readonly<Record<string, unknown>> {
  return manifest.parse(first?.resource?.manifest).spec;
}

/** The lines of all exporters as `option (line): outcome: becomes; note`. */
export function linesOf({ exporters }: Conversion): readonly string[] {
  return exporters.flatMap(({ lines }) =>
    lines.map(
      ({ becomes, note, option, outcome, place }) =>
        `${option} (${place?.line ?? 'absent'}): ${outcome}: ${becomes}${note === '' ? '' : `; ${note}`}`,
    ),
  );
}
