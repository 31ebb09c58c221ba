/** Why a query failed, as `cause`, and at which addresses. */
export class AddressError extends Error {
  /** Addresses without credentials: the one that failed, or all where none is well. */
  readonly addresses: readonly string[];
  /** True: the fault is the address's own, and another may answer. */
  readonly isOwn: boolean;

  constructor(addresses: readonly string[], cause: unknown, isOwn: boolean) {
    super(`a query failed at ${addresses.join(', ')}`, { cause });
    this.name = 'AddressError';
    this.addresses = addresses;
    this.isOwn = isOwn;
  }
}
