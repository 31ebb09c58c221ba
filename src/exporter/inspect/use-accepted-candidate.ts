import { type CandidateStore, type Credentials, differFor } from '../config/credential-store.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { FoundProblem } from '../contract/status-report.ts';
import type { SessionDeps } from '../kafka/session/kafka-session.ts';
import { tryKafka } from '../kafka/session/try-kafka.ts';

/**
 * Makes the candidate the current credentials if Kafka refuses the published ones and accepts the candidate. After a rotation this
 * is so for up to a minute and a half: the exporter has accepted the candidate, and the kubelet has not written yet that it is
 * published.
 */
export async function useAcceptedCandidate(
  deps: SessionDeps,
  config: ExporterConfig,
  credentials: CandidateStore,
): Promise<void> {
  const candidate = credentials.candidate();
  const published = credentials.current();
  if (candidate?.revision === undefined || !differFor('Kafka', candidate, published)) return;
  const problemOf = (each: Credentials): Promise<FoundProblem | undefined> =>
    tryKafka({ ...deps, current: undefined }, config, each);
  if ((await problemOf(published)) === undefined) return;
  if ((await problemOf(candidate)) === undefined) credentials.accept(candidate.revision);
}
