import { z } from 'zod';
import { sentenceOf } from '../../manifests/issue-sentences.ts';
import {
  type Place,
  type YamlDocument,
  yamlDocuments,
  YamlError,
} from '../../manifests/yaml-documents.ts';

/** An exporter of server.yaml. */
export interface ServerExporter {
  /** Its place in the list. */
  readonly index: number;
  readonly path: readonly PropertyKey[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** The exporters of a server.yaml. */
export interface ServerYaml {
  readonly document: YamlDocument;
  readonly exporters: readonly ServerExporter[];
}

/** deepflow-server itself serves at most eight for each data source. */
const EXPORTERS_MAX = 256;

const map = z.record(z.string(), z.unknown());

/** Where server.yaml is: the file itself, or the value of DeepFlow's Helm chart that becomes the file. */
const ROOTS: readonly (readonly string[])[] = [[], ['configmap', 'server.yaml']];

/**
 * Reads `ingester.exporters` of a server.yaml, or of a values file of DeepFlow's Helm chart.
 *
 * @param file its name in messages.
 * @throws Error that names the file and the place.
 */
export function readServerYaml(file: string, text: string): ServerYaml {
  const fail = (place: Place, message: string): never => {
    throw new Error(`${file}:${place.line}:${place.column}: ${message}`);
  };
  const documents = parse(text, fail).filter(({ value }) => value !== null);
  const [document, second] = documents;
  if (document === undefined) return fail({ line: 1, column: 1 }, 'the file is empty');
  if (second !== undefined) {
    return fail(second.place([]), 'the file must be one server.yaml, but has several documents');
  }
  const root = ROOTS.find((path) => valueAt(document.value, [...path, 'ingester']) !== undefined);
  if (root === undefined) return fail(document.place([]), missing(document.value));
  const path = [...root, 'ingester', 'exporters'];
  const exporters = valueAt(document.value, path);
  if (exporters === undefined || exporters === null) {
    return fail(
      document.place(path),
      'there is no ingester.exporters: DeepFlow exports nothing, and there is nothing to convert',
    );
  }
  const parsed = z.array(map).max(EXPORTERS_MAX).safeParse(exporters, { error: sentenceOf });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path ?? [];
    return fail(
      document.place([...path, ...at]),
      `${z.core.toDotPath(['ingester', 'exporters', ...at])} ${issue?.message ?? 'is not valid'}; in DeepFlow 7.0 and 7.1 it is a list of exporters`,
    );
  }
  return {
    document,
    exporters: parsed.data.map((values, index) => ({ index, path: [...path, index], values })),
  };
}

function parse(
  text: string,
  fail: (place: Place, message: string) => never,
): readonly YamlDocument[] {
  try {
    return yamlDocuments(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const line = text.split(/\r\n|\n|\r/)[error.place.line - 1] ?? '';
    // The message may quote the line.
    const message = /password/i.test(line) ? 'put the password in quotation marks' : error.message;
    return fail(error.place, `the file is not valid YAML: ${message}${hint(line)}`);
  }
}

/** DeepFlow's page has operators without quotation marks, which YAML reads as something else. */
function hint(line: string): string {
  const [, operator] = /\boperator: *(!?[=:~])\s*(?:[#,}].*)?$/.exec(line) ?? [];
  return operator === undefined ? '' : `; write the operator in quotation marks: "${operator}"`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    const parsed = map.safeParse(at);
    if (!parsed.success) return undefined;
    at = parsed.data[step];
  }
  return at;
}

function missing(value: unknown): string {
  return valueAt(value, ['kind']) === 'ConfigMap'
    ? "this is a ConfigMap: print its server.yaml with kubectl get configmap NAME --output jsonpath='{.data.server\\.yaml}'"
    : 'there is no ingester: the file must be the server.yaml of deepflow-server, or the values of its Helm chart with configmap.server.yaml';
}
