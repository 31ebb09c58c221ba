/**
 * Options of each connection to a host that may have several addresses (RFC 8305): when an address
 * has not answered for this time, the next one is tried. Node's own 250 ms exclude hosts that are
 * far away. The time is longer than a round trip around the world with one lost packet.
 */
export const ADDRESS_ATTEMPTS = {
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 2_000,
} as const;
