import { z } from 'zod';
import type { TopicReader } from '../../test/harness/kafka/topic-reader.ts';

const record = z.record(z.string(), z.unknown());
const shown = [
  'datasource',
  'time_str',
  'ip4_0',
  'ip4_1',
  'server_port',
  'l7_protocol',
  'auto_service_0',
  'auto_service_1',
  'request_type',
  'request_domain',
  'request_resource',
  'end_point',
  'response_code',
  'response_duration',
  'trace_id',
];
const deadlineMs = 60_000;

/** The first record of a topic, pretty-printed and shortened to the most important fields. */
export async function describeRecord(reader: TopicReader): Promise<string> {
  await reader.waitUntil(() => reader.values.length > 0, deadlineMs);
  const text = reader.values[0]?.toString() ?? '{}';
  const fields = Object.entries(record.parse(JSON.parse(text)));
  const picked = fields.filter(([key]) => shown.includes(key));
  const json = JSON.stringify(Object.fromEntries(picked), undefined, 2);
  const more = `  … and ${fields.length - picked.length} more fields, ${text.length} bytes in total`;
  return json.replace(/\n\}$/, `\n${more}\n}`);
}
