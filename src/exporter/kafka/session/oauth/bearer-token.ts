/** b64token of RFC 6750 section 2.1. Other characters must not get into a SASL message. */
export const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
