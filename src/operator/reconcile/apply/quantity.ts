const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Whether two texts are the same quantity. The API server rewrites quantities (1000m becomes 1). If the operator compared
 * texts, it would write the object again and again.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function sameQuantity(a: string, b: string): boolean {
  if (a === b) return true;
  const left = amountOf(a);
  const right = amountOf(b);
  if (left === undefined || right === undefined) return false;
  return Math.abs(left - right) <= 1e-9 * Math.max(left, right);
}

function amountOf(text: string): number | undefined {
  const [, digits, suffix] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = SUFFIXES[suffix ?? ''];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
