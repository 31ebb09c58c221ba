/** Import boundaries. A rule's name is the sentence to remember. */

/** Folders and files that do no IO: tests give them values, and a clock that the test moves. */
const WITHOUT_IO = [
  '^src/cli/compare/(compare-sides|comparison|comparison-document|exact-record|identify|matcher|note-differences|report)\\.ts$',
  '^src/deepflow/',
  '^src/lib/(assert|backoff|concurrency-limit|latest-value|net/(?:ipv6-text|parse-ipv6)|time-zone)\\.ts$',
  '^src/exporter/(contract|delivery|encode|producer|progress|schedule)/',
  '^src/exporter/records/schema/',
  '^src/exporter/source/clickhouse/addresses/address-turns\\.ts$',
  '^src/exporter/source/clickhouse/errors/',
  '^src/operator/(api|desired|controller)/',
  '^src/operator/reconcile/(apply/plan\\.ts$|status/(?!event-recorder)[^/]+\\.ts$)',
].join('|');
const types = { dependencyTypesNot: ['type-only'] };
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** The folders of the exporter in which `from` may look; all paths are below src/exporter. */
const looksOnlyInto = (name, from, known) => {
  const inside = (paths) => paths.map((path) => `^src/exporter/${path}`).join('|');
  return rule(name, { path: inside([from]) }, { path: '^src/exporter/', pathNot: inside([from, ...known]) });
};
const PORT = 'source/[^/]+$';
const TOLD = ['contract/', 'status/'];
const CLICKHOUSE = 'source/clickhouse/';

module.exports = {
  forbidden: [
    rule('no-file-needs-itself-by-way-of-others', {}, { circular: true }),
    rule('lib-knows-no-domain', { path: '^src/lib' }, { path: '^src/(operator|exporter|deepflow|cli)' }),
    rule('the-record-contract-stands-alone', { path: '^src/deepflow' }, { path: '^src/(operator|exporter|cli)' }),
    rule('fields-and-names-know-no-filters', { path: '^src/deepflow/(fields|names)/' }, { path: '^src/deepflow/filters/' }),
    rule('names-know-no-fields', { path: '^src/deepflow/names/' }, { path: '^src/deepflow/fields/' }),

    rule('exporter-never-imports-operator', { path: '^src/exporter' }, { path: '^src/operator' }),
    rule('operator-sees-only-the-exporter-contract', { path: '^src/operator' }, { path: '^src/exporter', pathNot: '^src/exporter/contract/' }),
    looksOnlyInto('the-contract-is-all-that-the-operator-needs', 'contract/', []),
    looksOnlyInto('configuration-is-read-for-everybody', 'config/', ['contract/']),
    looksOnlyInto('encoding-needs-columns-alone', 'encode/', []),
    looksOnlyInto('health-and-metrics-are-told-and-ask-nobody', 'status/', ['contract/', 'encode/encoded-batch']),
    looksOnlyInto('a-record-is-the-same-whoever-reads-or-sends-it', 'records/', ['contract/', 'encode/', PORT]),
    looksOnlyInto('a-schedule-is-about-time-alone', 'schedule/', [PORT]),
    looksOnlyInto('progress-is-what-was-sent-and-sends-nothing', 'progress/', ['encode/', 'schedule/', PORT]),
    looksOnlyInto('a-producer-takes-batches-of-any-source', 'producer/', ['encode/']),
    looksOnlyInto('delivery-knows-no-vendor', 'delivery/', [...TOLD, 'encode/', 'producer/', 'progress/', 'records/', 'schedule/', PORT]),
    looksOnlyInto('pushing-knows-neither-kafka-nor-clickhouse', 'push/', [...TOLD, 'config/', 'encode/', 'producer/', 'records/', PORT]),

    looksOnlyInto('clickhouse-errors-are-tables', `${CLICKHOUSE}errors/`, ['contract/']),
    looksOnlyInto('a-connection-is-to-one-address', `${CLICKHOUSE}connection/`, ['contract/', 'config/', `${CLICKHOUSE}errors/`]),
    looksOnlyInto('addresses-know-no-rows', `${CLICKHOUSE}addresses/`, [...TOLD, `${CLICKHOUSE}(connection|errors)/`]),
    looksOnlyInto('rows-know-no-names', `${CLICKHOUSE}rows/`, ['contract/', PORT, `${CLICKHOUSE}(addresses|errors)/`]),

    looksOnlyInto('kafkajs-is-patched-below-everything', 'kafka/kafkajs/', []),
    looksOnlyInto('kafka-errors-are-tables', 'kafka/errors/', ['contract/']),
    looksOnlyInto('a-request-knows-no-session', 'kafka/requests/', ['kafka/(errors|kafkajs)/']),
    looksOnlyInto('a-session-knows-not-what-is-sent', 'kafka/session/', [...TOLD, 'config/', 'producer/transaction-times', 'kafka/(errors|kafkajs|requests)/']),
    rule('producer-group-and-checkpoints-do-not-meet', { path: '^src/exporter/kafka/(produce|group|checkpoint)/' }, { path: '^src/exporter/kafka/(produce|group|checkpoint)/', pathNot: '^src/exporter/kafka/$1/' }),
    rule('only-the-command-line-inspects', { path: '^src', pathNot: '^src/(cli|exporter/inspect)/' }, { path: '^src/exporter/inspect/' }),

    rule('the-page-of-the-dashboard-knows-only-the-contract', { path: '^src/dashboard/page/' }, { path: '^src/', pathNot: '^src/dashboard/(page|contract)/' }),
    rule('details-are-about-a-reading-alone', { path: '^src/dashboard/details/' }, { path: '^src/(?!dashboard/(details|contract)/|fleet/|exporter/contract/|operator/api/status/|lib/)' }),
    rule('only-the-command-line-and-the-dashboard-look-at-the-fleet', { path: '^src', pathNot: '^src/(cli|dashboard|fleet)/' }, { path: '^src/fleet/' }),
    rule('the-fleet-is-read-and-not-run', { path: '^src/fleet/' }, { path: '^src/(cli|operator/(?!(api|credentials|desired|kube)/)|exporter/(?!contract/))' }),

    rule('the-api-of-the-resource-stands-alone', { path: '^src/operator/api/' }, { path: '^src/operator/', pathNot: '^src/operator/api/' }),
    rule('desired-objects-follow-from-the-resource', { path: '^src/operator/desired/' }, { path: '^src/operator/', pathNot: '^src/operator/(api|desired)/|^src/operator/kube/kube-object\\.ts$' }),
    rule('credentials-know-nobody-who-reconciles', { path: '^src/operator/credentials/' }, { path: '^src/operator/(reconcile|kube|pods|controller)/' }),
    rule('kube-knows-no-resource-of-ours', { path: '^src/operator/kube/' }, { path: '^src/operator/', pathNot: '^src/operator/kube/' }),
    rule('observing-neither-applies-nor-reports', { path: '^src/operator/reconcile/observe/' }, { path: '^src/operator/reconcile/(apply|status)/' }),
    rule('applying-and-reporting-do-not-meet', { path: '^src/operator/reconcile/(apply|status)/' }, { path: '^src/operator/reconcile/(apply|status)/', pathNot: '^src/operator/reconcile/$1/' }),
    rule('without-io-means-no-io-package', { path: WITHOUT_IO }, { dependencyTypes: ['npm'], ...types, pathNot: 'node_modules/(zod|js-yaml|apache-arrow|moment-timezone|re2js)/' }),
    rule('without-io-means-no-node-io', { path: WITHOUT_IO }, { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|util)$' }),
    rule('kubernetes-client-only-in-kube', { path: '^src', pathNot: '^src/operator/kube/' }, { path: 'node_modules/(@kubernetes/client-node|undici)/', ...types }),
    rule('kafkajs-only-in-the-kafka-folder', { path: '^src', pathNot: '^src/exporter/kafka/' }, { path: 'node_modules/kafkajs' }),
    rule('clickhouse-client-only-in-its-source', { path: '^src', pathNot: '^src/exporter/source/clickhouse/' }, { path: 'node_modules/@clickhouse' }),
    rule('express-only-in-the-http-server', { path: '^src', pathNot: '^src/lib/serve/http-server\\.ts$' }, { path: 'node_modules/(@types/)?express/', ...types }),
    rule('nobody-imports-main-but-the-command-line', { pathNot: '^(src/cli|test)/' }, { path: '^src/(operator|exporter|cli)/main\\.ts$' }),
    rule('the-product-never-imports-its-tests', { path: '^src' }, { path: '^(test|scripts)/' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
