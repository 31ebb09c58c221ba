import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import type { ReadingConfig } from '../../../../src/exporter/contract/exporter-config.ts';
import { openClickHouse } from '../../../../src/exporter/source/clickhouse/open-clickhouse.ts';
import { createExporterMetrics } from '../../../../src/exporter/status/metrics.ts';
import { FRESH_MEMORY } from '../../../../src/lib/buffer-pool.ts';
import { createManualClock } from '../../../lib/manual-clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { noCredentials } from '../../no-credentials.ts';

const TLS = { privateCa: false, clientCertificate: false, insecureSkipVerify: false };

test.each<readonly [string, Partial<ReadingConfig['clickHouse']>, boolean]>([
  ['nothing of ClickHouse', {}, false],
  ['nothing of ClickHouse, which is checked by the system’s authorities', { tls: TLS }, false],
  ['its login', { authenticated: true }, true],
  ['its authorities', { tls: { ...TLS, privateCa: true } }, true],
  ['a client certificate', { tls: { ...TLS, clientCertificate: true } }, true],
])('ClickHouse must take credentials that have %s', (_what, change, isAsked) => {
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  const { login } = openClickHouse(
    {
      clock: createManualClock(),
      random: Math.random,
      logger: silentLogger,
      metrics: createExporterMetrics(new Registry()),
      memory: FRESH_MEMORY,
      credentials: {
        current: () => ({ ...noCredentials, revision: 1 }),
        onChange: () => () => undefined,
      },
    },
    exporterConfig({ clickHouse: change }),
    stop.signal,
  );
  expect(login !== undefined).toBe(isAsked);
  // It has not answered yet.
  expect(login?.revision()).toBeUndefined();
});
