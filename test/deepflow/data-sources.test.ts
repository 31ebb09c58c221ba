import { expect, test } from 'vitest';
import { isFileEvent, tableOf, topicOf } from '../../src/deepflow/data-sources.ts';

test('a data source names its database and table', () => {
  expect(tableOf('flow_log.l7_flow_log')).toEqual({ database: 'flow_log', table: 'l7_flow_log' });
});

test.each([
  [1, 'flow_metrics'],
  [2, '0002_flow_metrics'],
  [1_024, '1024_flow_metrics'],
])('the database of organisation %i is %s', (organizationId, database) => {
  expect(tableOf('flow_metrics.network.1s', organizationId)).toEqual({
    database,
    table: 'network.1s',
  });
});

test('the older name of file events is also the name of their table and in their topic', () => {
  expect(tableOf('event.perf_event')).toEqual({ database: 'event', table: 'perf_event' });
  expect(topicOf('deepflow.{dataSource}', 'event.perf_event')).toBe('deepflow.event.perf_event');
  expect(isFileEvent('event.perf_event')).toBe(true);
  expect(isFileEvent('event.file_agg_event')).toBe(true);
  expect(isFileEvent('event.proc_ops_event')).toBe(false);
});

test.each([
  ['deepflow.{dataSource}', 'deepflow.flow_log.l4_flow_log'],
  ['{database}-{table}', 'flow_log-l4_flow_log'],
  ['one-topic', 'one-topic'],
  ['{table}.{table}', 'l4_flow_log.l4_flow_log'],
])('the topic template %s becomes %s', (template, topic) => {
  expect(topicOf(template, 'flow_log.l4_flow_log')).toBe(topic);
});
