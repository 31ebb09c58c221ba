import type { GroupRequests } from '../../../../src/exporter/kafka/requests/group-requests.ts';

const never = (): Promise<never> => new Promise(() => undefined);

/** Group requests that are never answered. */
export const NO_GROUP: GroupRequests = {
  join: never,
  sync: never,
  heartbeat: never,
  leave: never,
  close: () => Promise.resolve(),
};
