import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { goTool } from '../go-tools/go-tool.ts';
import { freePorts } from '../process/free-ports.ts';
import { openRun } from '../process/run.ts';
import { withProgress } from '../progress.ts';

const START_MS = 60_000;
const QUERY_MS = 10_000;

const answerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);
const vectorSchema = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      value: z.tuple([z.number(), z.string()]).transform(([, value]) => Number(value)),
    }),
  ),
});

/** A series with its present value. */
type Sample = z.infer<typeof vectorSchema>['result'][number];

/** A running Prometheus. */
export interface PrometheusHandle {
  /**
   * The data of an answer of its HTTP API, such as that of `/api/v1/rules`.
   *
   * @throws with the words of Prometheus when it answers an error.
   * @see https://prometheus.io/docs/prometheus/latest/querying/api/
   */
  api(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  /** What an expression gives now: a vector. */
  query(expr: string): Promise<readonly Sample[]>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Prometheus with this configuration, in which paths are absolute. It listens on 127.0.0.1.
 *
 * @throws HarnessError with the end of its log when it does not accept the configuration.
 */
export async function startPrometheus(
  configuration: Readonly<Record<string, unknown>>,
): Promise<PrometheusHandle> {
  const program = (await goTool('prometheus')).program('prometheus');
  const run = await openRun('prometheus');
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  try {
    await withProgress('starting Prometheus', async () => {
      const file = join(run.folder, 'prometheus.yml');
      // JSON is YAML.
      await writeFile(file, JSON.stringify(configuration));
      const started = await run.start({
        name: 'prometheus',
        command: program,
        args: [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(run.folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
      });
      await started.waitUntil(async () => (await fetch(`${url}/-/ready`)).ok, START_MS);
    });
  } catch (error) {
    await run.stop();
    throw error;
  }
  const api: PrometheusHandle['api'] = async (path, parameters = {}) => {
    const response = await fetch(`${url}${path}?${new URLSearchParams(parameters).toString()}`, {
      signal: AbortSignal.timeout(QUERY_MS),
    });
    const answer = answerSchema.parse(await response.json());
    if (answer.status === 'success') return answer.data;
    throw new Error(`Prometheus does not answer ${JSON.stringify(parameters)}: ${answer.error}`);
  };
  return {
    api,
    query: async (expr) => vectorSchema.parse(await api('/api/v1/query', { query: expr })).result,
    stop: run.stop,
  };
}
