import { until } from '../../../lib/until.ts';
import { type OperatorUnderTest, SOON } from './cluster-under-test.ts';

const CALM_MS = 2_000;

/** Reconciles all resources this number of times, each time until at least one of them was reconciled. */
export async function lookAgain(operator: OperatorUnderTest, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    const before = operator.reconciliations();
    operator.resync();
    await until('a reconciliation', () => operator.reconciliations() > before, SOON);
  }
}

/** Waits until the operator has written nothing for two seconds. @throws after a minute. */
export async function untilCalm(operator: OperatorUnderTest): Promise<void> {
  let [seen, since] = [-1, performance.now()];
  await until('no more writes', () => {
    const writes = operator.writes().length;
    if (writes !== seen) [seen, since] = [writes, performance.now()];
    return performance.now() - since > CALM_MS;
  });
}

/**
 * Reconciles all resources some times, and returns what the operator changed meanwhile. An object that the API server refuses
 * is tried again, and nothing changes.
 */
export async function writesAtRest(
  operator: OperatorUnderTest,
  { resources, rounds }: { readonly resources: number; readonly rounds: number },
): Promise<unknown[]> {
  const from = operator.writes().length;
  for (let round = 0; round < rounds; round++) {
    const reconciled = operator.reconciliations();
    operator.resync();
    await until('a resync', () => operator.reconciliations() >= reconciled + resources);
  }
  return operator
    .writes()
    .slice(from)
    .filter(({ code }) => code.startsWith('2'));
}
