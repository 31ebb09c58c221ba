import type { Desired } from './desired-state.ts';

/** How writing the plan ended. */
export type WriteOutcome =
  | { readonly kind: 'applied' }
  /** The resource is suspended; `pending` writes were left undone. */
  | { readonly kind: 'suspended'; readonly pending: number }
  /** An object of the same name belongs to somebody else. */
  | { readonly kind: 'conflict'; readonly message: string }
  /** The API server refuses an object for what it says; trying again does not help. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** Something that may pass: no right, no answer. */
  | { readonly kind: 'failed'; readonly message: string };

/** How a whole reconciliation ended; status is computed from nothing else. */
export type Outcome =
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | {
      readonly kind: 'reconciled';
      readonly desired: Extract<Desired, { kind: 'desired' }>;
      readonly writes: WriteOutcome;
    };
