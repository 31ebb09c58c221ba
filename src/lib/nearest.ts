/** No name is longer, and a distance costs time by the length of both texts. */
const COMPARED_CHARACTERS_MAX = 64;

/**
 * The candidate with the smallest Levenshtein distance from the beginning of a text. The characters that follow the whole text
 * in a candidate count as one.
 */
export function nearestOf(text: string, candidates: readonly string[]): string {
  const compared = text.slice(0, COMPARED_CHARACTERS_MAX);
  let best = '';
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = candidate.startsWith(compared) ? 1 : editDistance(compared, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
