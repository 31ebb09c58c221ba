import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { keyFieldProblem } from '../../../src/deepflow/fields/key-field.ts';

const L7 = 'flow_log.l7_flow_log';
const NETWORK = 'flow_metrics.network.1m';

describe('keyField', () => {
  test.each<[string, string, readonly DataSource[], string | undefined]>([
    ['may be a field with one value', 'trace_id', [L7], undefined],
    [
      'may be a field that exists for client and server',
      'pod_id_1',
      [L7, 'flow_log.l4_flow_log'],
      undefined,
    ],
    ['may be the key that the field has in a record', 'ip4_0', [L7], undefined],
    [
      'must be a field of every data source',
      'trace_id',
      [L7, NETWORK],
      `must be a field of every data source, but ${NETWORK} has no "trace_id"; name a field that all data sources have, or export ${NETWORK} with a separate KafkaExporter`,
    ],
    [
      'must be the name of a field',
      'traceid',
      [L7],
      'must be a field of the data sources, but is "traceid"; the nearest is "trace_id"',
    ],
    [
      'must not be a list',
      'attribute_names',
      [L7],
      'must be a field with one stored value, but "attribute_names" has a list of values or no stored value; name another field',
    ],
  ])('%s', (_name, field, dataSources, problem) => {
    expect(keyFieldProblem(field, dataSources)).toBe(problem);
  });
});
