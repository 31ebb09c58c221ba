import { CALL_COLUMNS, pick, quote } from './calls.ts';
import { RESOURCE_COLUMNS } from './resources.ts';
import type { Column } from './tables.ts';

/** A hash of the row's number and the column's name: the generator's only source of variety. */
export function hash(column: string): string {
  return `cityHash64(seed, n, '${column}')`;
}

const TRACE = "lower(hex(cityHash64(seed, intDiv(n, 4), 'trace')))";

/** Columns with a meaning of their own, by name, as SQL over `n`, `end_us`, `duration_us`. */
const NAMED: Readonly<Record<string, string>> = {
  _id: 'bitOr(bitShiftLeft(toUInt64(intDiv(end_us, 1000000)), 32), bitOr(bitShiftLeft(toUInt64(5), 22), n % 4194304))',
  time: 'toDateTime(intDiv(end_us, 1000000))',
  end_time: 'fromUnixTimestamp64Micro(toInt64(end_us))',
  start_time: 'fromUnixTimestamp64Micro(toInt64(end_us - duration_us))',
  duration: 'duration_us',
  response_duration: 'duration_us',
  is_ipv4: 'if(is_v6, 0, 1)',
  protocol: 'if(call = 3, 17, 6)',
  client_port: `30000 + ${hash('client_port')} % 30000`,
  team_id: '1',
  agent_id: '1 + n % 14',
  flow_id: `bitOr(${hash('flow_id')}, toUInt64(9223372036854775808))`,
  trace_id: `if(n % 3 = 0, '', concat(${TRACE}, ${TRACE}))`,
  _trace_id_2: `if(n % 50 = 0, concat(${TRACE}, 'b3'), '')`,
  span_id: "if(n % 3 = 0, '', lower(hex(cityHash64(seed, n, 'span'))))",
  parent_span_id: "if(n % 4 = 1, lower(hex(cityHash64(seed, n - 1, 'span'))), '')",
  span_kind: 'if(n % 11 = 0, toUInt8(1 + n % 5), NULL)',
  request_id: `if(n % 5 = 0, NULL, ${hash('request_id')} % 100000)`,
  request_length: `if(n % 7 = 0, NULL, if(n % 1009 = 0, toInt64(5000000000), toInt64(${hash('request_length')} % 5000)))`,
  response_length: `if(n % 6 = 0, NULL, toInt64(${hash('response_length')} % 50000))`,
  sql_affected_rows: 'if(call = 4, toUInt64(n % 20), NULL)',
  response_status: pick(['0', '0', '0', '0', '3', '4', '2'], hash('response_status')),
  type: '2',
  is_tls: `if(${hash('is_tls')} % 3 = 0, 1, 0)`,
  signal_source: `if(${hash('signal_source')} % 10 = 0, 4, 3)`,
  capture_network_type_id: '3',
  observation_point: pick(["'c'", "'s'", "'c-p'", "'s-p'", "'rest'"], hash('observation_point')),
  event_type: pick(["'read'", "'write'"], hash('event_type')),
  file_name: pick(["'orders.ibd'", "'app.log'", '\'报表 "q3".csv\''], hash('file_name')),
  file_dir: "'/var/lib/data/'",
  mount_point: "'/var/lib/data'",
  mount_source: "'/dev/nvme1n1p2'",
  app_service: pick(["''", "'checkout'", "'inventory'", "'数据服务'"], hash('app_service')),
  app_instance: pick(["''", "'checkout-0'"], hash('app_instance')),
  x_request_id_0: `if(n % 4 = 0, toString(reinterpretAsUUID(MD5(toString(${hash('x_request_id')})))), '')`,
  x_request_id_1: "''",
  http_proxy_client: "if(n % 9 = 0, '203.0.113.7', '')",
  attribute_names: 'attributes.1',
  attribute_values: 'attributes.2',
  metrics_names: "if(n % 10 = 0, ['cpu', 'queue_time', 'ratio'], [])",
  metrics_values: `if(n % 10 = 0, [0.25, 1e21, ${pick(['1.5e-7', '-3.75', 'nan', 'inf'], 'intDiv(n, 10)')}], [])`,
  mac_0: `bitAnd(${hash('mac_0')}, 281474976710655)`,
  mac_1: `bitAnd(${hash('mac_1')}, 281474976710655)`,
  acl_gids: '[]',
  close_type: pick(['1', '1', '5', '2', '3'], hash('close_type')),
  status: pick(['0', '0', '0', '2', '4'], hash('status')),
};

/** SQL of a span's attributes, as a pair of arrays; some values are hard on encoders. */
export const ATTRIBUTES = `[([], []), (['http.user_agent', 'customer.tier'], ['Mozilla/5.0 (X11; Linux x86_64)', 'gold']), (['note', 'path', 'empty'], [${quote('a "b"\n\\ \u0002 多语言')}, ${quote('C:\\temp\\')}, ''])][1 + ${hash('attributes')} % 3]`;

/** SQL that makes one column of one row. */
export function columnExpression({ name, type }: Column): string {
  return `CAST(${NAMED[name] ?? resource(name) ?? CALL_COLUMNS[name]?.(hash(name)) ?? byType(name, type)} AS ${type})`;
}

function resource(name: string): string | undefined {
  const [, base = name, side = '0'] = /^(.+)_([01])$/.exec(name) ?? [];
  return RESOURCE_COLUMNS[base]?.(`pod_${side}`);
}

function byType(name: string, type: string): string {
  const value = hash(name);
  if (type.startsWith('Array(')) return '[]';
  if (type.startsWith('Nullable(')) return 'NULL';
  if (type.includes('String'))
    return `if(${value} % 3 = 0, concat('${name}-', toString(${value} % 100)), '')`;
  if (type === 'IPv4') return "toIPv4('0.0.0.0')";
  if (type === 'IPv6') return "toIPv6('::')";
  if (type === 'UInt8') return `${value} % 3`;
  if (type === 'UInt16') return `${value} % 500`;
  if (type === 'Float64') return `toFloat64(${value} % 2000000)`;
  // Counters are often zero, mostly small and now and then above 2^53.
  if (type === 'UInt64') {
    return `multiIf(${value} % 4 = 0, 0, ${value} % 997 = 1, ${value}, ${value} % 1000000)`;
  }
  return `${value} % 100000`;
}
