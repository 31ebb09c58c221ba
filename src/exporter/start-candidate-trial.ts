import { tryCandidates } from './config/candidate-trial.ts';
import { type CandidateStore, type Credentials, differFor } from './config/credential-store.ts';
import { type ExporterConfig, isReading } from './contract/exporter-config.ts';
import type { CandidateReport, FoundProblem } from './contract/status-report.ts';
import type { RenewedConnection } from './kafka/session/kafka-connection.ts';
import type { SessionDeps } from './kafka/session/kafka-session.ts';
import { tryKafka } from './kafka/session/try-kafka.ts';
import { tryClickHouse } from './source/clickhouse/try-clickhouse.ts';
import type { RecordSource } from './source/source.ts';

/** What trying credentials needs. */
export interface StartCandidateTrialDeps extends SessionDeps {
  readonly random: () => number;
  readonly connection: RenewedConnection;
  readonly credentials: CandidateStore;
  /** The source in use. Undefined: records are pushed. */
  readonly source: RecordSource | undefined;
}

/**
 * Tries candidate credentials in the exporter's own pod until `signal` aborts: its network and its rights are those that
 * delivery will have. Only servers for which the credentials differ from those in use are tried.
 *
 * @returns a function that says how the candidate fares. Undefined: there is no candidate.
 */
export function startCandidateTrial(
  deps: StartCandidateTrialDeps,
  config: ExporterConfig,
  signal: AbortSignal,
): () => CandidateReport | undefined {
  const attempt = async (offered: Credentials): Promise<FoundProblem | undefined> => {
    const inUse = deps.credentials.current();
    if (differFor('Kafka', offered, inUse)) {
      const current = deps.connection.current();
      const problem = await tryKafka({ ...deps, current }, config, offered);
      if (problem !== undefined) return problem;
    }
    const { source } = deps;
    if (source === undefined || !isReading(config)) return undefined;
    return differFor('ClickHouse', offered, inUse)
      ? tryClickHouse({ ...deps, current: source }, config, offered)
      : undefined;
  };
  return tryCandidates({ ...deps, attempt }, signal);
}
