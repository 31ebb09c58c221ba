import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from '../../src/deepflow/data-sources.ts';
import { FLOW_LOGS } from '../../test/harness/generator/flow-logs.ts';
import type { Demo } from './start-demo.ts';

const terminalMs = 500;
const logMs = 5_000;
// Short names: a line for both tables must fit a terminal of 80 columns, because a longer line cannot be overwritten.
const tables = FLOW_LOGS.map((dataSource) => tableOf(dataSource).table);

/**
 * Shows rows written, records read and the lag of each data source until `signal` aborts. In a terminal it updates one
 * line. Otherwise it prints a new line every five seconds. Fails if a stream fails.
 */
export async function showLive(demo: Demo, signal: AbortSignal): Promise<void> {
  const { isTTY } = process.stdout;
  process.stdout.write('Rows written → records read (lag):\n');
  const ended = Promise.all(demo.streams.map(({ finished }) => finished));
  const counts = demo.readers.map((reader) => ({ reader, records: 0, lastMs: Number.NaN }));
  while (!signal.aborted) {
    for (const count of counts) {
      const { timestamps } = count.reader.drain();
      count.records += timestamps.length;
      count.lastMs = timestamps.reduce((last, time) => (last > time ? last : time), count.lastMs);
    }
    const texts = counts.map(({ records, lastMs }, index) => {
      const lag = Number.isNaN(lastMs) ? '–' : `${((Date.now() - lastMs) / 1000).toFixed(1)} s`;
      const rows = demo.streams[index]?.written() ?? 0;
      return `${tables[index] ?? ''} ${rows} → ${records} (${lag})`;
    });
    process.stdout.write(isTTY ? `\r\u001B[K${texts.join('   ')}` : `${texts.join('   ')}\n`);
    const pause = sleep(isTTY ? terminalMs : logMs, undefined, { signal }).catch(() => undefined);
    await Promise.race([pause, ended.then(() => pause)]);
  }
  if (isTTY) process.stdout.write('\n');
}
