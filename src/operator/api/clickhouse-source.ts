import { z } from 'zod';
import {
  CONCURRENT_QUERIES_MAX,
  QUERY_DEFAULTS,
  QUERY_MEMORY_MIN,
  REPLICA_URLS_MAX,
} from '../../exporter/contract/exporter-config.ts';
import { URL_START_PATTERN } from '../../exporter/contract/addresses.ts';
import { clientTls } from './client-tls.ts';
import { text, withRules } from './fields.ts';
import { loginReference } from './secret-references.ts';

const address = text({
  pattern: `${URL_START_PATTERN}(/[^\\s?#]*)?$`,
  maxLength: 2_048,
  message:
    'must be http://host:port or https://host:port, with a port from 1 to 65535, an IPv6 address in brackets, and a path if an ingress serves ClickHouse under a path; user name and password belong in credentialsSecretRef',
});

const fields = z.strictObject({
  url: address.describe(
    "Address of ClickHouse's HTTP interface, such as http://deepflow-clickhouse.deepflow:8123 or, behind an ingress, https://example.com/clickhouse.",
  ),
  replicaUrls: z
    .array(address)
    .max(REPLICA_URLS_MAX)
    .refine((list) => new Set(list).size === list.length, 'must not name an address twice')
    .meta({ 'x-kubernetes-list-type': 'set' })
    .default([])
    .describe(
      'Further addresses that return the same rows. Queries are distributed over all addresses in turn, and an address that fails is not used for a while. docs/delivery.md says what the addresses must have in common.',
    ),
  credentialsSecretRef: loginReference
    .optional()
    .describe('User name and password of ClickHouse. Absent: the default user without a password.'),
  tls: clientTls
    .optional()
    .describe(
      "TLS options of https:// connections. Absent: the system's CA certificates, and no client certificate.",
    ),
  settleSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(30)
    .describe(
      'A second is settled, and read for the first time, this many seconds after its end. Most of its records are stored by then.',
    ),
  latenessSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(180)
    .describe(
      'A second is final this many seconds after it is settled. Until then it is read again, and late rows are exported. Rows that are stored later are not exported.',
    ),
  startFrom: text({
    pattern:
      '^(Now|Earliest|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))$',
    maxLength: 40,
    message: 'must be Now, Earliest or an RFC 3339 time such as 2026-01-31T00:00:00Z',
  })
    .default('Now')
    .describe('Where an exporter without progress starts: Now, Earliest or an RFC 3339 time.'),
  organizationId: z
    .int()
    .min(1)
    .max(1_024)
    .default(1)
    .describe('Number of the DeepFlow organisation whose records are read.'),
  maxConcurrentQueries: z
    .int()
    .min(1)
    .max(CONCURRENT_QUERIES_MAX)
    .default(QUERY_DEFAULTS.maxConcurrentQueries)
    .describe(
      'Queries that a pod runs at the same time, at all addresses together; further queries wait. With a value below queueCount, shards wait for each other.',
    ),
  maxQueryThreads: z
    .int()
    .min(1)
    .max(64)
    .default(QUERY_DEFAULTS.maxQueryThreads)
    .describe(
      "Threads that ClickHouse may use for a query (max_threads). A stricter value in the user's profile is used instead.",
    ),
  maxQueryMemoryBytes: z
    .int()
    .min(QUERY_MEMORY_MIN)
    .max(1_099_511_627_776)
    .default(QUERY_DEFAULTS.maxQueryMemoryBytes)
    .describe(
      "Memory that ClickHouse may use for a query (max_memory_usage). A stricter value in the user's profile is used instead.",
    ),
  queryPriority: z
    .int()
    .min(0)
    .max(1_000)
    .default(QUERY_DEFAULTS.queryPriority)
    .describe(
      'Priority of queries in ClickHouse. A query waits while queries with a lower number run. A query with 0 waits for no query, and no query waits for it.',
    ),
  importedSpans: z
    .boolean()
    .optional()
    .describe(
      'True: calls imported from OpenTelemetry, SkyWalking and Datadog are exported. Absent: true with recordFormat Documented, false with Compatible.',
    ),
});

/** `spec.source.clickHouse`: records that are read from DeepFlow's tables. */
export const clickHouseSource = withRules(fields, [
  {
    cel: '!(self.url in self.replicaUrls)',
    holds: ({ url, replicaUrls }) => !replicaUrls.includes(url),
    message: 'replicaUrls must not name url again: remove it from replicaUrls',
  },
  {
    cel: "!has(self.tls) || (self.url.startsWith('https://') && self.replicaUrls.all(address, address.startsWith('https://')))",
    holds: ({ tls, url, replicaUrls }) =>
      tls === undefined || [url, ...replicaUrls].every((address) => address.startsWith('https://')),
    message:
      'tls has no effect on http:// addresses: write https:// in url and replicaUrls, or remove tls',
  },
]);
