import { dump } from 'js-yaml';
import type { ExporterRow } from '../../fleet/exporter-row.ts';

/** Exporters, and what could not be read. */
export interface StatusDocument {
  readonly exporters: readonly ExporterRow[];
  /** Sentences. */
  readonly gaps: readonly string[];
}

/** Control characters that JSON leaves as they are. */
const RAW_CONTROLS = /[\u007f-\u009f\p{Bidi_Control}]/gu;

/** As JSON, which has no control characters but line ends. */
export function statusJson(document: StatusDocument): string {
  const text = JSON.stringify(document, undefined, 2);
  return `${text.replaceAll(RAW_CONTROLS, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As YAML, which begins with `---`. */
export function statusYaml(document: StatusDocument): string {
  const text = dump(JSON.parse(JSON.stringify(document)), { lineWidth: -1, noRefs: true });
  return `---\n${text}`;
}
