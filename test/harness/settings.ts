import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that keeps compiled programs, jars and base images between runs: `DEEPFLOW_HARNESS_CACHE`, else
 * `~/.cache/deepflow-kafka-exporter`. It lies outside the checkout, so a clean checkout does not compile again.
 */
export function cacheFolder(): string {
  return setting('DEEPFLOW_HARNESS_CACHE') ?? join(homedir(), '.cache', 'deepflow-kafka-exporter');
}

/** The folder under which every run keeps its data and what has to be cleaned up after it. */
export function runsFolder(): string {
  return join(tmpdir(), 'deepflow-harness');
}

/** An environment variable's value, or undefined where it is unset or empty. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}
