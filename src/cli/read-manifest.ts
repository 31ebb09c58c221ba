import { loadAll } from 'js-yaml';
import { z } from 'zod';
import {
  KAFKA_EXPORTER_API,
  kafkaExporter,
  type KafkaExporter,
} from '../operator/api/kafka-exporter.ts';

const KIND = KAFKA_EXPORTER_API.kind;

/** A manifest before the API server has added its defaults. */
const manifestSchema = z.object({
  kind: z.literal(KIND),
  metadata: z.object({ name: z.string(), namespace: z.string().default('default') }),
  spec: z.unknown(),
});

/**
 * The KafkaExporter of a manifest, which may also contain other documents.
 *
 * @throws Error that says what is wrong, each problem with its path.
 */
export function readManifest(text: string): KafkaExporter {
  const found = documentsOf(text).filter((document) => kindOf(document) === KIND);
  const [document] = found;
  if (found.length !== 1) {
    throw new Error(`the file must contain one ${KIND}, but contains ${found.length}`);
  }
  const { metadata, spec } = parseOrSay(manifestSchema, document);
  return parseOrSay(kafkaExporter, { metadata: { ...metadata, uid: '', generation: 0 }, spec });
}

function documentsOf(text: string): readonly unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new Error(`the file is not valid YAML: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

function kindOf(document: unknown): unknown {
  const parsed = z.object({ kind: z.unknown() }).safeParse(document);
  return parsed.success ? parsed.data.kind : undefined;
}

function parseOrSay<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${z.core.toDotPath(path)}: ${message}`,
  );
  throw new Error(`the ${KIND} is not valid:\n  ${problems.join('\n  ')}`);
}
