import type { DataSource } from '../../../src/deepflow/data-sources.ts';

/** The data sources that demonstrations and end-to-end tests stream: the two of DeepFlow's flow logs. */
export const FLOW_LOGS = [
  'flow_log.l4_flow_log',
  'flow_log.l7_flow_log',
] as const satisfies readonly DataSource[];
