import { z } from 'zod';
import { brokerAddress } from '../fields.ts';

/** `spec.networkPolicy`. */
export const networkPolicy = z.strictObject({
  additionalAddresses: z
    .array(brokerAddress)
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .default([])
    .describe(
      'Further addresses, as host:port, that the pods may reach: the listeners that brokers advertise, if endpoints does not name them, and the port of the pods behind a Service that has another port.',
    ),
});

/** A section for a NetworkPolicy, parsed. */
export type NetworkPolicy = z.infer<typeof networkPolicy>;
