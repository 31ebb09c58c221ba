import { RE2JS } from 're2js';

/** The test of a pattern on a text. */
export type TextTest = (text: string) => boolean;

/**
 * Makes a test whether an RE2 regular expression matches anywhere in a text. It takes linear time
 * for every text.
 */
export function regexTest(pattern: string): TextTest {
  const regex = RE2JS.compile(pattern);
  return (text) => regex.test(text);
}

/** Makes a test whether a text matches a pattern whose stars match any text. */
export function wildcardTest(pattern: string): TextTest {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return (text) => text === start;
  return (text) => {
    if (!text.startsWith(start) || !text.endsWith(end)) return false;
    // The first match of each part leaves the most text for the next parts.
    let at = start.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= text.length - end.length;
  };
}
