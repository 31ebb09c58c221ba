/** Import boundaries. A rule's name is the sentence to remember. */
const PURE = [
  '^src/deepflow/',
  '^src/lib/(assert|backoff|ipv6-text|parse-ipv6|concurrency-limit|latest-value)\\.ts$',
  '^src/exporter/(contract|encode|schedule|progress)/',
  '^src/exporter/records/schema/',
  '^src/exporter/source/clickhouse/addresses/address-turns\\.ts$',
  '^src/exporter/source/clickhouse/errors/',
  '^src/operator/(api|desired|controller)/',
  '^src/operator/reconcile/(plan|status)\\.ts$',
].join('|');
const types = { dependencyTypesNot: ['type-only'] };
const rule = (name, from, to) => ({ name, severity: 'error', from, to });
module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    rule('lib-knows-no-domain', { path: '^src/lib' }, { path: '^src/(operator|exporter|deepflow|cli)' }),
    rule('the-record-contract-stands-alone', { path: '^src/deepflow' }, { path: '^src/(operator|exporter|cli)' }),
    rule('exporter-never-imports-operator', { path: '^src/exporter' }, { path: '^src/operator' }),
    rule('operator-sees-only-the-exporter-contract', { path: '^src/operator' }, { path: '^src/exporter', pathNot: '^src/exporter/contract/' }),
    rule('pure-code-uses-no-io-package', { path: PURE }, { dependencyTypes: ['npm'], ...types, pathNot: 'node_modules/(zod|js-yaml|apache-arrow|moment-timezone|re2js)/' }),
    rule('pure-code-uses-no-node-io', { path: PURE }, { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|util)$' }),
    rule('kubernetes-client-only-in-kube', { path: '^src', pathNot: '^src/operator/kube/' }, { path: 'node_modules/(@kubernetes/client-node|undici)/', ...types }),
    rule('kafkajs-only-in-the-kafka-folder', { path: '^src', pathNot: '^src/exporter/kafka/' }, { path: 'node_modules/kafkajs' }),
    rule('clickhouse-client-only-in-its-source', { path: '^src', pathNot: '^src/exporter/source/clickhouse/' }, { path: 'node_modules/@clickhouse' }),
    rule('express-only-in-the-http-server', { path: '^src', pathNot: '^src/lib/http-server\\.ts$' }, { path: 'node_modules/express', ...types }),
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
