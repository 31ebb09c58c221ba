import type { TestProjectInlineConfiguration } from 'vitest/config';
import { DEEPFLOW_ENGINE, ENGINES, NEWEST_ENGINE } from '../harness/clickhouse/engine-versions.ts';
import { setting } from '../harness/settings.ts';

const FOLDER = 'test/integration';
/** What ClickHouse itself does for us: queries, types, hashes, filters, names and the records of known rows. */
const OF_THE_ENGINE = [
  `${FOLDER}/deepflow/**/*.test.ts`,
  ...['clickhouse-source', 'whole-answers', 'query-bounds', 'row-hash', 'names', 'golden'].map(
    (name) => `${FOLDER}/exporter/${name}.test.ts`,
  ),
];
/** All tests of the exporter, most of which read from ClickHouse. */
const OF_THE_EXPORTER = ['cli', 'deepflow', 'exporter'].map(
  (folder) => `${FOLDER}/${folder}/**/*.test.ts`,
);

/**
 * To which another ClickHouse changes nothing, as they are about Kafka or the network, or that choose the versions themselves.
 * How records are delivered from DeepFlow's version is tested by the fault schedules and end to end.
 */
const OF_ANY_ENGINE = [
  'candidates',
  'clickhouse-tls',
  'dead-letters',
  'delivery',
  'error-codes',
  'extra-ca',
  'healthy-start',
  'ipv6',
  'kafka-model',
  'keys',
  'kafka-versions',
  'oauth',
  'one-of-several',
  'partitions-at-once',
  'progress-owner',
  'proxy',
  'push',
  'push-page',
  'push-tls',
  'quota',
  'recompressed-topics',
  'refused-records',
  'refused-topics',
  'replica-faults',
  'rights',
  'rotation',
  'scale-out',
  'service-account-token',
  'true-causes',
  'upgrades',
].map((name) => `${FOLDER}/exporter/${name}.test.ts`);
/** Of the commands: `checkpoints` works on Kafka alone, the others need no ClickHouse, or have the same code. */
const COMMANDS_OF_ANY_ENGINE = [
  'checkpoints',
  'compare',
  'completion',
  'convert',
  'package',
  'pre-commit',
  'tap',
].map((name) => `${FOLDER}/cli/${name}.test.ts`);

/**
 * One project for each older ClickHouse; on the newest run all tests. On the version that DeepFlow installs run all
 * tests that read from ClickHouse, on the others those of its engine.
 */
export function clickHouseProjects(
  shared: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration[] {
  if (setting('TEST_CLICKHOUSE_URL') !== undefined) return [];
  return ENGINES.filter((engine) => engine !== NEWEST_ENGINE).map((engine) => ({
    test: {
      ...shared,
      name: `integration-clickhouse-${engine}`,
      ...(engine === DEEPFLOW_ENGINE
        ? {
            include: OF_THE_EXPORTER,
            exclude: [...OF_ANY_ENGINE, ...COMMANDS_OF_ANY_ENGINE],
            globalSetup: [`${FOLDER}/global-setup.ts`],
          }
        : { include: OF_THE_ENGINE }),
      env: { TEST_CLICKHOUSE_ENGINE: engine },
    },
  }));
}
