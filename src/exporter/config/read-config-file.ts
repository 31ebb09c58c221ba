import { readFile } from 'node:fs/promises';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import { parseConfig } from './parse-config.ts';

/**
 * Reads the configuration from a file.
 *
 * @throws Error that names the file and everything that is wrong in it.
 */
export async function readConfigFile(file: string): Promise<ExporterConfig> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`the configuration cannot be read, pass its file with --config: ${words}`, {
      cause: error,
    });
  });
  const parsed = parseConfig(text);
  if ('config' in parsed) return parsed.config;
  throw new Error(`${file} is not a valid configuration:\n  ${parsed.errors.join('\n  ')}`);
}
