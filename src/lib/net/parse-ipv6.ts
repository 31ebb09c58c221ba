const GROUPS = 8;

/**
 * The 16 bytes of an IPv6 address in any notation (RFC 4291 section 2.2), also with the last 32
 * bits in dotted decimal. Undefined: the text is not an IPv6 address.
 */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text
    .split('::')
    .map((half, i, all) => groupsOf(half, { mayBeDotted: i === all.length - 1 }));
  const [head, tail = []] = halves;
  if (head === undefined || halves.length > 2 || halves.includes(undefined)) return undefined;
  const groups = halves.length === 1 ? head : filled(head, tail);
  if (groups?.length !== GROUPS) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/**
 * The four bytes of a dotted-decimal IPv4 address as a number. Undefined: the text is not an IPv4
 * address.
 */
export function parseIpv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255)
    ? undefined
    : parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Two colons mean at least one group of zeros. */
function filled(head: readonly number[], tail: readonly number[]): readonly number[] | undefined {
  const missing = GROUPS - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(
  text: string,
  { mayBeDotted }: { readonly mayBeDotted: boolean },
): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const dotted = mayBeDotted && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (dotted !== undefined) groups.push(dotted >>> 16, dotted & 0xffff);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
