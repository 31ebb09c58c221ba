import { load } from 'js-yaml';
import { z } from 'zod';
import { type ExporterConfig, exporterConfigSchema } from '../contract/exporter-config.ts';

/** A configuration, or all errors in it. */
export type ParsedConfig =
  | { readonly config: ExporterConfig }
  | { readonly errors: readonly string[] };

/** Parses the exporter's configuration from YAML text. Each error names the path and what is wrong. */
export function parseConfig(text: string): ParsedConfig {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    return { errors: [`not valid YAML: ${error instanceof Error ? error.message : 'unknown'}`] };
  }
  const parsed = exporterConfigSchema.safeParse(document);
  if (parsed.success) return { config: parsed.data };
  return {
    errors: parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path)}: ${issue.message}`),
  };
}
