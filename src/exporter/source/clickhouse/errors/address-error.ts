/** A query failed: `cause` is the reason. */
export class AddressError extends Error {
  /** The addresses without credentials: the address that failed, or all addresses when all fail. */
  readonly addresses: readonly string[];
  /** True: only this address has the fault, and another address may answer. */
  readonly isOwn: boolean;

  constructor(addresses: readonly string[], cause: unknown, isOwn: boolean) {
    super(`a query failed at ${addresses.join(', ')}`, { cause });
    this.name = 'AddressError';
    this.addresses = addresses;
    this.isOwn = isOwn;
  }
}
