/**
 * Columns whose content tells rows apart, with the types that the table has for them. In the order of their names, which
 * is the order in which they are hashed.
 */
export type HashedColumns = ReadonlyMap<string, string>;

/**
 * How the content of a row becomes a 64-bit hash:
 * - `values`: each value, and for a column that may be NULL whether it is. It means the same on every ClickHouse.
 * - `tuple`: the columns as one tuple. It was the first form. ClickHouse before 25.5 cannot hash a NULL so, and hashes
 *   what may be NULL to other numbers. Progress may still be written in it, so it can be read and is never written.
 */
export type HashForm = 'values' | 'tuple';

/** The form in which hashes are written, and all forms that can be read. */
export const HASH_FORM: HashForm = 'values';
export const HASH_FORMS: readonly HashForm[] = [HASH_FORM, 'tuple'];

/** Name of the column that a form of the hash comes as: 64-bit integers without a NULL. */
export function hashColumn(form: HashForm): string {
  return `deepflow_export_row_hash_${form}`;
}

/**
 * A number (FNV-1a, 32 bits) for what is hashed and in which form: hashes under different numbers cannot be compared.
 * The types count in the form `values`, since a wider integer has another hash.
 */
export function hashNumber(form: HashForm, columns: HashedColumns): number {
  const parts = [...columns].map(([name, type]) => (form === 'tuple' ? name : `${name} ${type}`));
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(parts.join(','))) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
