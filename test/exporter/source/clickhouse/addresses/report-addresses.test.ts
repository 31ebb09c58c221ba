import { expect, test } from 'vitest';
import { reportAddresses } from '../../../../../src/exporter/source/clickhouse/addresses/report-addresses.ts';
import { silentLogger } from '../../../../lib/silent-logger.ts';

test('an address is logged when it begins to fail and when it works again, and always measured', () => {
  const logged: unknown[] = [];
  const measured: unknown[] = [];
  const log =
    (level: string) =>
    (data: object, message?: string): void => {
      logged.push([level, message, data]);
    };
  const tell = reportAddresses({
    logger: { ...silentLogger, info: log('info'), warn: log('warn') },
    metrics: {
      addressChanged: (address, isUp) => {
        measured.push([address, isUp]);
      },
    },
  });
  const address = 'http://ch-1:8123';
  tell({ address, isUp: true, message: undefined });
  tell({ address, isUp: false, message: 'connect ECONNREFUSED' });
  tell({ address, isUp: true, message: undefined });
  expect(measured).toEqual([
    [address, true],
    [address, false],
    [address, true],
  ]);
  expect(logged).toEqual([
    ['warn', 'a ClickHouse address fails', { address, problem: 'connect ECONNREFUSED' }],
    ['info', 'a ClickHouse address works again', { address }],
  ]);
});
