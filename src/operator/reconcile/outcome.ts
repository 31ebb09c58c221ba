import type { Desired, SpecRefusal } from './desired-state.ts';

/** How writing the plan ended. */
export type WriteOutcome =
  | { readonly kind: 'applied' }
  /** The resource is suspended; `pending` writes were not made. */
  | { readonly kind: 'suspended'; readonly pending: number }
  /** An object with the same name has another owner. */
  | { readonly kind: 'conflict'; readonly message: string }
  /** The API server refuses the content of an object; trying again does not help. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** A failure that may end without a change of the resource: a missing right, or no answer. */
  | { readonly kind: 'failed'; readonly message: string };

/** An object in which another program sets fields again after each write. */
export interface ContestedObject {
  readonly kind: string;
  readonly name: string;
  /** Paths such as `spec.paused`, with the field manager if it is known. */
  readonly fields: readonly string[];
}

/** How a whole reconciliation ended. The status is computed from it and the observation. */
export type Outcome =
  | ({ readonly kind: 'invalid' } & SpecRefusal)
  /** Nothing could be observed or written, again and again. */
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'reconciled';
      readonly desired: Extract<Desired, { kind: 'desired' }>;
      readonly writes: WriteOutcome;
      /** Objects that another program sets again after each write. */
      readonly contested: readonly ContestedObject[];
      /** What is wrong with the current spec: the last valid spec was reconciled. Absent: nothing. */
      readonly refused?: SpecRefusal;
    };
