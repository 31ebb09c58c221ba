import { z } from 'zod';
import { KAFKA_EXPORTER_API } from '../../operator/api/kafka-exporter.ts';
import { checkManifest, type FoundManifest, manifestsIn } from '../manifests/check-manifest.ts';
import {
  type Place,
  type YamlDocument,
  yamlDocuments,
  YamlError,
} from '../manifests/yaml-documents.ts';

/** What is wrong, and where in its file. */
export interface PlacedProblem extends Place {
  /** The field, such as `spec.endpoints[0]`; empty if the file is not YAML. */
  readonly field: string;
  readonly message: string;
}

/** A KafkaExporter of a file. */
interface CheckedResource extends Place {
  /** `namespace/name`, or the name alone where the manifest has no namespace. */
  readonly name: string;
  readonly problems: readonly PlacedProblem[];
}

/** A file that was checked. */
export interface CheckedFile {
  readonly file: string;
  readonly resources: readonly CheckedResource[];
  /** Why nothing of the file can be checked; undefined: it is YAML. */
  readonly syntax?: PlacedProblem;
}

/** Other files, such as the templates of a chart, need not be YAML. */
const OURS = [KAFKA_EXPORTER_API.kind, `${KAFKA_EXPORTER_API.group}/`];

/** Checks the KafkaExporters in the text of a file. */
export function checkFile(file: string, text: string): CheckedFile {
  if (!OURS.some((word) => text.includes(word))) return { file, resources: [] };
  try {
    const resources = yamlDocuments(text).flatMap((document) =>
      manifestsIn(document.value).map((found) => checkResource(document, found)),
    );
    return { file, resources };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error.place;
    const message = `the file is not valid YAML: ${error.message}`;
    return { file, resources: [], syntax: { line, column, field: '', message } };
  }
}

const named = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});

function checkResource(document: YamlDocument, { path, value }: FoundManifest): CheckedResource {
  const checked = checkManifest(value);
  const parsed = named.safeParse(value);
  const { name = '(without a name)', namespace } = parsed.success ? parsed.data.metadata : {};
  const problems = checked.kind === 'valid' ? [] : checked.problems;
  return {
    name: namespace === undefined ? name : `${namespace}/${name}`,
    ...document.place(path),
    problems: problems.map((problem) => ({
      ...document.place([...path, ...problem.path]),
      field: z.core.toDotPath(problem.path),
      message: problem.message,
    })),
  };
}
