/** A kind of call, as DeepFlow records it in l7_flow_log. Texts are lists that a row picks from. */
interface Call {
  /** How often it comes, in percent. */
  readonly share: number;
  /** DeepFlow's number of the protocol. */
  readonly protocol: number;
  readonly serverPort: number;
  readonly version: string;
  readonly requestTypes: readonly string[];
  readonly domains: readonly string[];
  readonly resources: readonly string[];
  readonly endpoints: readonly string[];
  readonly codes: readonly number[];
  readonly exceptions: readonly string[];
}

/** Text that breaks careless encoders: quotes, backslashes, control characters, several scripts. */
const DIFFICULT_TEXT = '/search?q="数据 \\ \u0001\u001f\t\r\n😀 ñ\u2028</script>\u007f';

const CALLS: readonly Call[] = [
  {
    share: 45,
    protocol: 20,
    serverPort: 8080,
    version: '1.1',
    requestTypes: ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'],
    domains: ['shop.example.com', 'api.example.com', 'payment.prod.svc.cluster.local'],
    resources: [
      '/api/v1/orders/48151623/items?expand=price,stock&page=2',
      '/api/v1/customers/2342/profile',
      '/healthz',
      '/static/js/app.4f3c2b1a.js',
      DIFFICULT_TEXT,
    ],
    endpoints: ['/api/v1/orders', '/api/v1/customers', '/healthz'],
    codes: [200, 200, 200, 200, 201, 304, 404, 500, 503],
    exceptions: ['', '', '', '', 'Not Found', 'Internal Server Error'],
  },
  {
    share: 15,
    protocol: 41,
    serverPort: 50_051,
    version: '2',
    requestTypes: ['POST'],
    domains: ['inventory.prod:50051', 'pricing.prod:50051'],
    resources: ['/inventory.v1.Inventory/Reserve', '/pricing.v2.Pricing/Quote'],
    endpoints: ['inventory.v1.Inventory/Reserve', 'pricing.v2.Pricing/Quote'],
    codes: [0, 0, 0, 5, 14],
    exceptions: ['', '', '', 'NOT_FOUND', 'UNAVAILABLE'],
  },
  {
    share: 12,
    protocol: 120,
    serverPort: 53,
    version: '',
    requestTypes: ['A', 'AAAA', 'SRV'],
    domains: [''],
    resources: ['shop.example.com', 'kafka-0.kafka.prod.svc.cluster.local', 'münchen.example'],
    endpoints: [''],
    codes: [0, 0, 0, 3],
    exceptions: ['', '', '', 'Non-Existent Domain'],
  },
  {
    share: 12,
    protocol: 60,
    serverPort: 3306,
    version: '',
    requestTypes: ['COM_QUERY', 'COM_STMT_EXECUTE'],
    domains: [''],
    resources: [
      'SELECT `id`, `name` FROM `orders` WHERE `state` = "open" LIMIT 50',
      "UPDATE stock SET count = count - 1 WHERE sku = 'A\\'B'",
    ],
    endpoints: [''],
    codes: [0, 0, 0, 1062],
    exceptions: ['', '', '', "Duplicate entry '42' for key 'PRIMARY'"],
  },
  {
    share: 8,
    protocol: 80,
    serverPort: 6379,
    version: '',
    requestTypes: ['GET', 'SET', 'HGETALL'],
    domains: [''],
    resources: ['GET session:8f14e45f', 'HGETALL cart:42'],
    endpoints: [''],
    codes: [0],
    exceptions: ['', '', '-MOVED 3999 10.244.1.9:6379'],
  },
  {
    share: 5,
    protocol: 100,
    serverPort: 9092,
    version: '9',
    requestTypes: ['Produce', 'Fetch'],
    domains: [''],
    resources: ['orders', 'payments-deadletter'],
    endpoints: ['orders'],
    codes: [0],
    exceptions: [''],
  },
  {
    share: 3,
    protocol: 0,
    serverPort: 4444,
    version: '',
    requestTypes: [''],
    domains: [''],
    resources: [''],
    endpoints: [''],
    codes: [0],
    exceptions: [''],
  },
];

/** SQL of the call's number, from 1, by a hash of the row. */
export function callExpression(hash: string): string {
  let below = 0;
  const cases = CALLS.slice(0, -1).map((call, i) => {
    below += call.share;
    return `${hash} % 100 < ${below}, ${i + 1}`;
  });
  return `multiIf(${cases.join(', ')}, ${CALLS.length})`;
}

/** Columns that follow from the row's call, given as SQL over `call` and a hash of row and column. */
export const CALL_COLUMNS: Readonly<Record<string, (hash: string) => string>> = {
  l7_protocol: () => byCall((call) => String(call.protocol)),
  server_port: () => byCall((call) => String(call.serverPort)),
  version: () => byCall((call) => quote(call.version)),
  request_type: (hash) => byCall((call) => pick(call.requestTypes.map(quote), hash)),
  request_domain: (hash) => byCall((call) => pick(call.domains.map(quote), hash)),
  request_resource: (hash) => byCall((call) => pick(call.resources.map(quote), hash)),
  endpoint: (hash) => byCall((call) => pick(call.endpoints.map(quote), hash)),
  response_code: (hash) =>
    `if(${hash} % 17 = 0, NULL, ${byCall((call) => pick(call.codes.map(String), hash))})`,
  response_exception: (hash) => byCall((call) => pick(call.exceptions.map(quote), hash)),
};

function byCall(value: (call: Call) => string): string {
  return `[${CALLS.map(value).join(', ')}][call]`;
}

/** SQL that picks one of the values by a hash. */
export function pick(values: readonly string[], hash: string): string {
  return values.length === 1
    ? (values[0] ?? '')
    : `[${values.join(', ')}][1 + ${hash} % ${values.length}]`;
}

/** A text as a ClickHouse string literal. */
export function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `'${escaped.replace(/[\u0000-\u001f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;
}
