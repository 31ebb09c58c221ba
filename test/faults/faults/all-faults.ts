import type { Fault } from '../fault.ts';
import { brokerFaults } from './broker-faults.ts';
import { exporterFaults } from './exporter-faults.ts';
import { clickHouseFaults, networkFaults } from './network-faults.ts';
import { topicFaults } from './topic-faults.ts';
import { userFaults } from './user-faults.ts';

/** Everything that schedules draw from. The order is part of what a seed means. */
export const ALL_FAULTS: readonly Fault[] = [
  ...exporterFaults(),
  ...brokerFaults(),
  ...topicFaults(),
  ...userFaults(),
  ...networkFaults(),
  ...clickHouseFaults(),
];
