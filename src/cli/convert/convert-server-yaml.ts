import {
  type ConvertedExporter,
  convertExporter,
  type ConvertOptions,
} from './spec/convert-exporter.ts';
import { readServerYaml } from './read/read-server-yaml.ts';

/** All exporters of a server.yaml, and what becomes of them. */
export interface Conversion {
  /** The file's name in messages. */
  readonly file: string;
  readonly exporters: readonly ConvertedExporter[];
}

/**
 * Converts the exporters of a server.yaml.
 *
 * @param file its name in messages.
 * @throws Error that names the file and the place, if it is no server.yaml.
 */
export function convertServerYaml(file: string, text: string, options: ConvertOptions): Conversion {
  const { document, exporters } = readServerYaml(file, text);
  const isOnly = exporters.filter(({ values }) => values['protocol'] === 'kafka').length === 1;
  const names = new Set<string>();
  const converted = exporters.map((exporter) => {
    const each = convertExporter({ ...exporter, document }, { ...options, isOnly }, names);
    if (each.name !== undefined) names.add(each.name);
    return each;
  });
  return { file, exporters: converted };
}

/** True if nothing waits for a decision. */
export function isComplete({ exporters }: Conversion): boolean {
  return exporters.every(({ lines }) => lines.every(({ outcome }) => outcome !== 'not converted'));
}
