const HTTP_URL = /^https?:\/\/[^\s/]/;

/** Whether a text is an absolute URL of HTTP with a host, such as that of a proxy. */
export function isHttpUrl(text: string): boolean {
  return HTTP_URL.test(text) && URL.canParse(text);
}
