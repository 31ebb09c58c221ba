import { defineConfig } from 'vitest/config';
import { clickHouseProjects } from './test/integration/clickhouse-projects.ts';
import { kubernetesProjects } from './test/integration/operator/cluster/kubernetes-projects.ts';

/** Longer than each wait in a test: what did not come is said by the wait, and these only end what hangs. */
const integration = {
  testTimeout: 300_000,
  // Two cores are enough for two tests that mostly wait.
  maxConcurrency: 2,
  hookTimeout: 300_000,
};

/** Tests with pods, or with the tools that people install with, wait for many programs that start on the same cores. */
const large = {
  fileParallelism: false,
  testTimeout: 600_000,
  hookTimeout: 1_800_000,
};

const gitops = { include: ['test/gitops/**/*.test.ts'], ...large };

// Suites by what they need: nothing, single real parts, the tools that people install with, a whole cluster with pods.
export default defineConfig({
  test: {
    // Tests of real parts wait more than they compute.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**', 'test/gitops/**', 'test/harness/**'],
          // Property tests compute for seconds, and longer on a machine that does other work.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...integration,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/harness/**/*.test.ts'],
          exclude: ['test/integration/operator/**'],
          globalSetup: ['test/integration/global-setup.ts'],
        },
      },
      ...clickHouseProjects(integration),
      ...kubernetesProjects(integration),
      { test: { ...gitops, name: 'gitops' } },
      { test: { ...gitops, name: 'gitops-compiled', env: { TEST_COMPILED_TOOLS_ONLY: 'yes' } } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          ...large,
        },
      },
    ],
  },
});
