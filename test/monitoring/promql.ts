/** A selector of a PromQL expression: `metric{label="value"}`. */
interface Selector {
  readonly metric: string;
  /** The labels that it matches. */
  readonly labels: readonly string[];
}

/** What a PromQL expression names. */
export interface Named {
  readonly selectors: readonly Selector[];
  /** The labels by which it groups or joins. */
  readonly groupings: readonly string[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const SELECTOR = /(?<![\w:.$])([a-zA-Z_][\w:]*)(?!\w|:)\s*(\{[^}]*\})?(?!\s*\()/g;
const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'sum', 'min', 'max', 'count']);

/**
 * The metrics and labels of an expression, as far as the expressions of this project go: no text in them has a brace. Prometheus's
 * own parser finds the same metrics: `test/gitops/monitoring/queries.test.ts`.
 */
export function namedIn(expr: string): Named {
  const groupings = [...expr.matchAll(GROUPING)].flatMap(([, list = '']) => namesIn(list));
  const bare = expr
    .replaceAll(GROUPING, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset \w+/g, ' ');
  const outside = bare.replaceAll(/"[^"]*"(?![^{]*\})/g, ' ');
  const selectors = [...outside.matchAll(SELECTOR)].flatMap(([, metric = '', matchers = '']) =>
    KEYWORDS.has(metric) ? [] : [{ metric, labels: labelsIn(matchers) }],
  );
  return { selectors, groupings };
}

function namesIn(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function labelsIn(matchers: string): readonly string[] {
  return [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label);
}
