import { untilDone } from '../../lib/until.ts';

/** The CRD of KafkaExporter, as kubectl names it. */
const KAFKA_EXPORTER_CRD = 'crd/kafkaexporters.export.deepflow.io';

/**
 * Waits until the API server serves the kinds of CRDs. It asks again when kubectl fails, because kubectl cannot wait for a condition
 * of a CRD that is so new that it has no conditions.
 *
 * @param crds as kubectl names them, or `crd --all`.
 */
export async function untilEstablished(
  kubectl: (args: readonly string[]) => Promise<string>,
  crds: readonly string[] = [KAFKA_EXPORTER_CRD],
): Promise<void> {
  await untilDone('the CRDs are established', () =>
    kubectl(['wait', '--for=condition=Established', ...crds, '--timeout=30s']),
  );
}
