/**
 * The columns whose content identifies a row, with their types in the table. They are in the order
 * of their names, which is the order in which they are hashed.
 */
export type HashedColumns = ReadonlyMap<string, string>;

/**
 * How the content of a row becomes a 64-bit hash:
 * - `values`: each value, and for a nullable column whether the value is NULL. Every version of
 *   ClickHouse computes the same hash.
 * - `tuple`: the columns as one tuple. This was the first form. ClickHouse before 25.5 cannot hash
 *   a NULL in this form, and computes other hashes for nullable columns. Existing progress may have
 *   this form, so the exporter still reads it. The exporter never writes it.
 */
export type HashForm = 'values' | 'tuple';

/** The form in which hashes are written, and all forms that can be read. */
export const HASH_FORM: HashForm = 'values';
export const HASH_FORMS: readonly HashForm[] = [HASH_FORM, 'tuple'];

/** The name of the column that holds a form of the hash: 64-bit integers without NULL. */
export function hashColumn(form: HashForm): string {
  return `deepflow_export_row_hash_${form}`;
}

/**
 * A number (FNV-1a, 32 bits) for the hashed columns and the form. Hashes with different numbers
 * cannot be compared. In the form `values` the number includes the types, since a wider integer has
 * another hash.
 */
export function hashNumber(form: HashForm, columns: HashedColumns): number {
  const parts = [...columns].map(([name, type]) => (form === 'tuple' ? name : `${name} ${type}`));
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(parts.join(','))) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
