import { z } from 'zod';
import type { KafkaExporter } from '../../operator/api/kafka-exporter.ts';
import { checkManifest, manifestsIn } from './check-manifest.ts';
import { type YamlDocument, yamlDocuments, YamlError } from './yaml-documents.ts';

/**
 * The KafkaExporter of a manifest, which may also contain other documents.
 *
 * @throws Error that says what is wrong, each problem with its path.
 */
export function readManifest(text: string): KafkaExporter {
  const [resource, ...others] = readManifests('the file', text);
  if (resource !== undefined && others.length === 0) return resource;
  const count = resource === undefined ? 0 : others.length + 1;
  throw new Error(`the file must contain one KafkaExporter, but contains ${count}`);
}

/**
 * The KafkaExporters of a file, which may also contain other documents.
 *
 * @param file its name in messages.
 * @throws Error that says what is wrong, each problem with its path.
 */
export function readManifests(file: string, text: string): readonly KafkaExporter[] {
  return documentsOf(file, text).flatMap((document) =>
    manifestsIn(document.value).map(({ path, value }) => {
      const checked = checkManifest(value);
      if (checked.kind === 'valid') return checked.resource;
      const problems = checked.problems.map(
        ({ message, path: field }) => `${z.core.toDotPath(field)}: ${message}`,
      );
      const { line } = document.place(path);
      throw new Error(
        `the KafkaExporter in line ${line} of ${file} is not valid:\n  ${problems.join('\n  ')}`,
      );
    }),
  );
}

function documentsOf(file: string, text: string): readonly YamlDocument[] {
  try {
    return yamlDocuments(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error.place;
    throw new Error(`${file} is not valid YAML, line ${line}, column ${column}: ${error.message}`, {
      cause: error,
    });
  }
}
