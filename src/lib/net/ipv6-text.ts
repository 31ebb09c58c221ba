/**
 * An IPv6 address, 16 bytes of `source` from `start`, as the canonical text of RFC 5952: lower
 * case, no leading zeros, the first longest run of two or more zero groups as `::`, and the last 32
 * bits of IPv4-mapped addresses in dotted decimal.
 */
export function ipv6Text(source: Uint8Array, start: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) {
    groups.push(((source[start + 2 * i] ?? 0) << 8) | (source[start + 2 * i + 1] ?? 0));
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${source.subarray(start + 12, start + 16).join('.')}`;
  }
  const { at, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, at).join(':')}::${hex.slice(at + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { at: number; length: number } {
  let best = { at: -1, length: 0 };
  let at = 0;
  while (at < groups.length) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at > best.length) best = { at, length: end - at };
    at = end + 1;
  }
  return best;
}
