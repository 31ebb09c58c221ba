/** A port from 1 to 65535, as a pattern of RE2 and JavaScript. */
const PORT =
  '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
/** A host name, an IPv4 address, or an IPv6 address in brackets (RFC 3986 section 3.2.2). */
const HOST = '([^:\\s@/?#\\[\\]]+|\\[[0-9a-fA-F.]*(:[0-9a-fA-F.]*){2,8}\\])';

/** The pattern of a broker: `host:port`, where an IPv6 address stands in brackets. */
export const BROKER_PATTERN = `^${HOST}:${PORT}$`;

/** The message for a broker that does not match `BROKER_PATTERN`. */
export const BROKER_MESSAGE =
  'must be host:port, such as broker1.example.com:9092 or [2001:db8::1]:9092, with a port from 1 to 65535';

/** The pattern of an http:// or https:// URL without user, up to its path. */
export const URL_START_PATTERN = `^https?://${HOST}(:${PORT})?`;

/** The host, without brackets, and the port of a broker that matches `BROKER_PATTERN`. */
export function parseBroker(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(at + 1)) };
}
