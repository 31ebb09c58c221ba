import { RE2JS } from 're2js';

/** What a pattern asks of a text. */
export type TextTest = (text: string) => boolean;

/** Whether a regex of RE2 matches anywhere in a text; it takes linear time, whatever the text is. */
export function regexTest(pattern: string): TextTest {
  const regex = RE2JS.compile(pattern);
  return (text) => regex.test(text);
}

/** Whether a text is a pattern whose stars stand for any text. */
export function wildcardTest(pattern: string): TextTest {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return (text) => text === start;
  return (text) => {
    if (!text.startsWith(start) || !text.endsWith(end)) return false;
    // The first place of each part leaves most room for the next ones.
    let at = start.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= text.length - end.length;
  };
}
