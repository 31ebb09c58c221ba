import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { pushConfig } from '../../exporter/exporter-config.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, createPlace, readRecords, runExporter } from './exporter-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const SERVER = 'http://pushed-exporter-push.deepflow-export:8081';
const kafka = inject('kafka');
const clickHouse = inject('clickhouse');
const run = promisify(execFile);

/** The blocks of a language on the page, in their order. */
function blocksOf(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block = '']) => block);
}

test('the commands of docs/http-push.md do what the page says', async () => {
  const page = await readFile(new URL('../../../docs/http-push.md', import.meta.url), 'utf8');
  const [rows = '', answer = ''] = blocksOf(page, 'json');
  const commands = blocksOf(page, 'sh');
  expect(commands).toHaveLength(2);
  const place = await createPlace(kafka, clickHouse);
  await kafkaFrom(kafka).createTopic(`${place.prefix}${L7}`, 1);
  const directory = await mkdtemp(path.join(tmpdir(), 'push-page-'));
  await place.writeCredentials({ pushToken: 'let-me-in' });
  await writeFile(path.join(directory, 'token'), 'let-me-in\n');
  await writeFile(path.join(directory, 'rows.ndjson'), rows);
  const config = configFor(place, { kafka, clickHouse });
  await place.writeConfig(pushConfig(config, { bearerToken: true }));
  const running = await runExporter(place);
  const { exporter } = running;
  onTestFinished(async () => {
    await exporter.stop();
    await place.remove();
    await rm(directory, { recursive: true });
  });
  await running.until(({ delivering }) => delivering);
  for (const command of commands) {
    const local = command.replace(SERVER, `http://127.0.0.1:${exporter.pushPort ?? 0}`);
    expect(local).not.toBe(command);
    const { stdout } = await run('bash', ['-c', `set -o pipefail; ${local}`], { cwd: directory });
    expect(stdout).toBe(answer);
  }
  const { values } = await readRecords(place, kafka, { dataSource: L7, count: 4 });
  expect(values).toHaveLength(4);
  expect(String(values[0])).toContain('"flow_id":18446744073709551615');
});
