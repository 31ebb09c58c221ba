import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { CredentialStore } from '../../../../src/exporter/config/credential-store.ts';
import type { PushConfig } from '../../../../src/exporter/contract/exporter-config.ts';
import { ByteBudget } from '../../../../src/exporter/push/http/byte-budget.ts';
import { handlePush } from '../../../../src/exporter/push/http/handle-push.ts';
import type { PushJob, PushOutcome } from '../../../../src/exporter/push/push-queue.ts';
import {
  type PushServer,
  startPushServer,
} from '../../../../src/exporter/push/http/push-server.ts';
import type { ConnectionLimits } from '../../../../src/exporter/push/http/connection-limits.ts';
import { pushTable } from '../../../../src/exporter/push/rows/push-table.ts';
import { createPushMetrics } from '../../../../src/exporter/status/push-metrics.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { exporterConfig, pushConfig } from '../../exporter-config.ts';
import { noCredentials } from '../../no-credentials.ts';

const L7 = 'flow_log.l7_flow_log';
const filter = {
  condition: 'and' as const,
  tagFilters: [{ fieldName: 'server_port', operator: '!=' as const, fieldValues: ['53'] }],
  tagFilterGroups: [],
};
const table = pushTable(
  { logger: silentLogger },
  pushConfig(exporterConfig({ other: { filter } })),
  L7,
);

/** The configuration of a server, and the result of its records. */
export interface Behaviour {
  readonly http?: Partial<PushConfig['http']>;
  readonly outcome?: PushOutcome | Promise<PushOutcome>;
  readonly token?: string;
  readonly isStopping?: boolean;
  /** The topic that Kafka lacks. */
  readonly missingTopic?: string;
  readonly isAtomic?: boolean;
  readonly limits?: Partial<ConnectionLimits>;
  /** Bytes that other requests hold. */
  readonly held?: number;
}

/** A push server, with its byte budget and its jobs. */
export interface ServerUnderTest {
  readonly port: number;
  readonly jobs: PushJob[];
  readonly budget: ByteBudget;
  readonly registry: Registry;
  readonly server: PushServer;
}

/** A push server without a Kafka, which ends with the test. Rows to port 53 do not pass its filter. */
export async function startServer(behaviour: Behaviour = {}): Promise<ServerUnderTest> {
  const { outcome = { kind: 'stored', rejected: [] }, token } = behaviour;
  const { http } = pushConfig(exporterConfig({}), behaviour.http);
  const jobs: PushJob[] = [];
  const registry = new Registry();
  const budget = new ByteBudget(http.maxBufferedBytes);
  budget.take(behaviour.held ?? 0);
  const metrics = createPushMetrics(registry, {
    heldBytes: () => budget.held,
    heldBytesMax: http.maxBufferedBytes,
  });
  const credentials: CredentialStore = {
    current: () => noCredentials,
    onChange: () => () => undefined,
  };
  const submit = (job: PushJob): Promise<PushOutcome> => {
    jobs.push(job);
    return Promise.resolve(outcome);
  };
  const rules = {
    tables: new Map([[L7, table]]),
    maxBodyBytes: http.maxBodyBytes,
    token: token === undefined ? undefined : () => token,
    clientCertificates: false,
  };
  const isAtomic = behaviour.isAtomic ?? true;
  const handling = { rules, queue: { submit }, budget, metrics, limits: http, isAtomic };
  const missingTopic = (): string | undefined => behaviour.missingTopic;
  const isStopping = (): boolean => behaviour.isStopping ?? false;
  const server = await startPushServer(
    {
      logger: silentLogger,
      credentials,
      metrics,
      ...(behaviour.limits === undefined ? {} : { limits: behaviour.limits }),
      handle: (request, onContinue) =>
        handlePush({ ...handling, isStopping, missingTopic }, request, onContinue),
    },
    http,
  );
  onTestFinished(() => server.close());
  return { port: server.port, jobs, budget, registry, server };
}
