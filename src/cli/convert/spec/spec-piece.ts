import type { Place } from '../../manifests/yaml-documents.ts';

/** A value of the spec that comes from one option. */
export interface SpecPiece {
  /** A field of the spec. */
  readonly field: string;
  /** The value of the field or, if `isEntry`, one entry of its list. */
  readonly value: unknown;
  readonly isEntry: boolean;
  /** The option and its place, for the report. */
  readonly option: string;
  readonly place: Place | undefined;
  /** True: without it, other records would be sent, or elsewhere, or in another way than intended. */
  readonly isDecisive: boolean;
}
