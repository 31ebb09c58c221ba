/**
 * True if a resource version is older than another one. Resource versions of one kind are decimal numbers that increase with
 * time (KEP-5504). Versions in another form have no order: the answer is false.
 */
export function isOlderVersion(version: string, than: string): boolean {
  return isNumber(version) && isNumber(than) && BigInt(version) < BigInt(than);
}

function isNumber(version: string): boolean {
  return /^\d{1,30}$/.test(version);
}
