import type { CredentialNeed } from './credential-needs.ts';
import { contentOf, type ReferencedObjects } from './resolve-credentials.ts';

const NEWLINE = 0x0a;

/**
 * What is unusual about credentials that are complete, as sentences without their values. Names and passwords are sent byte for
 * byte, so a newline at the end, which `echo` and editors write, is a part of them.
 */
export function credentialWarnings(
  needs: readonly CredentialNeed[],
  objects: ReferencedObjects,
): string[] {
  return needs.flatMap(({ content, field, source }) => {
    if (content !== 'text' || source.kind === 'Spec') return [];
    const value = contentOf(source, objects)?.data[source.key] ?? '';
    if (Buffer.from(value, 'base64').at(-1) !== NEWLINE) return [];
    const { key, kind, name } = source;
    return [
      `key ${key} of ${kind} ${name} (${field}) ends with a newline, which is sent as a part of the value: if it does not belong to it, write the value without it, for example with printf %s instead of echo`,
    ];
  });
}
