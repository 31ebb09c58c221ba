import { expect, test } from 'vitest';
import { tableOf, topicOf } from '../../src/deepflow/data-sources.ts';

test('a data source names its database and table', () => {
  expect(tableOf('flow_log.l7_flow_log')).toEqual({ database: 'flow_log', table: 'l7_flow_log' });
});

test.each([
  ['deepflow.{dataSource}', 'deepflow.flow_log.l4_flow_log'],
  ['{database}-{table}', 'flow_log-l4_flow_log'],
  ['one-topic', 'one-topic'],
  ['{table}.{table}', 'l4_flow_log.l4_flow_log'],
])('the topic template %s becomes %s', (template, topic) => {
  expect(topicOf(template, 'flow_log.l4_flow_log')).toBe(topic);
});
