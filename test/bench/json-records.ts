import { fieldsOf } from '../../src/deepflow/fields/fields.ts';

/** Values that a record takes in turn: enough of them that codecs find what they find in real records, and no more. */
const NAMES = ['checkout', 'payment-gateway', 'inventory', 'frontend', 'cart', 'recommendation'];
const LCG = { multiplier: 1_103_515_245, increment: 12_345, modulus: 2 ** 31 };

/** JSON records of exactly so many bytes, with DeepFlow's keys of call logs; the same every time. */
export function jsonRecords(count: number, bytes: number): readonly Buffer[] {
  const keys = fieldsOf('flow_log.l7_flow_log').map(({ key }) => key);
  let state = 1;
  const next = (below: number): number => {
    state = (state * LCG.multiplier + LCG.increment) % LCG.modulus;
    return state % below;
  };
  const value = (turn: number): string | number => {
    if (turn % 3 === 0) return `${NAMES[next(NAMES.length)] ?? ''}-${next(40)}`;
    return turn % 3 === 1 ? next(65_536) : `10.${next(4)}.${next(8)}.${next(256)}`;
  };
  return Array.from({ length: count }, () => {
    const record: Record<string, string | number> = {};
    let length = '{"request_id":""}'.length;
    for (const [turn, key] of keys.entries()) {
      const cell = value(turn);
      length += JSON.stringify(key).length + JSON.stringify(cell).length + 2;
      if (length > bytes) break;
      record[key] = cell;
    }
    record['request_id'] = '';
    const missing = bytes - JSON.stringify(record).length;
    const digits = Array.from({ length: missing }, () => next(16).toString(16)).join('');
    return Buffer.from(JSON.stringify({ ...record, request_id: digits }));
  });
}
