/** A page with another text between the markers `<!-- NAME: generated -->` and `<!-- NAME: end -->`. */
export function withTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const before = page.slice(0, page.indexOf(begin));
  const after = page.slice(page.indexOf(end));
  return `${before}${begin}\n\n${table}\n\n${after}`;
}
