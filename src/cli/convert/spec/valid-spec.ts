import { z } from 'zod';
import { checkManifest } from '../../manifests/check-manifest.ts';
import type { FieldProblem } from '../../manifests/issue-sentences.ts';
import type { SpecPiece } from './spec-piece.ts';

/** A piece that no KafkaExporter can have. */
interface RefusedPiece {
  readonly piece: SpecPiece;
  /** A sentence about the field that begins with "must" or "is". */
  readonly message: string;
}

/** The pieces that make a valid KafkaExporter together, or why there are none. */
export type ValidPieces =
  | {
      readonly kind: 'valid';
      readonly kept: readonly SpecPiece[];
      readonly refused: readonly RefusedPiece[];
    }
  | {
      readonly kind: 'impossible';
      readonly refused: readonly RefusedPiece[];
      readonly message: string;
    };

/**
 * Leaves out the pieces with which the API server or the operator would refuse the KafkaExporter. Each round leaves out at least
 * one, so there are at most as many rounds as pieces.
 *
 * @param manifest the KafkaExporter with these fields in its spec.
 */
export function validPieces(
  pieces: readonly SpecPiece[],
  manifest: (fields: Readonly<Record<string, unknown>>) => object,
): ValidPieces {
  const refused: RefusedPiece[] = [];
  let kept = pieces;
  for (;;) {
    const checked = checkManifest(manifest(fieldsOf(kept)));
    if (checked.kind === 'valid') return { kind: 'valid', kept, refused };
    const found = checked.problems.flatMap((problem) => causeOf(problem, kept) ?? []);
    if (found.length === 0)
      return { kind: 'impossible', refused, message: textOf(checked.problems) };
    const causes = new Map(found.map((each) => [each.piece, each]));
    refused.push(...causes.values());
    kept = kept.filter((piece) => !causes.has(piece));
  }
}

/** The fields of a spec: the entries of a list in the order of their pieces. */
export function fieldsOf(pieces: readonly SpecPiece[]): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const { field } of pieces) {
    const same = pieces.filter((piece) => piece.field === field);
    fields[field] ??= same[0]?.isEntry === true ? same.map(({ value }) => value) : same[0]?.value;
  }
  return fields;
}

function causeOf(problem: FieldProblem, pieces: readonly SpecPiece[]): RefusedPiece | undefined {
  const [top, field, at, ...rest] = problem.path;
  if (top !== 'spec') return undefined;
  const same = pieces.filter((piece) => piece.field === field);
  // A problem of the whole list, such as too many entries, is that of its last entry.
  const piece = typeof at === 'number' && same[0]?.isEntry === true ? same[at] : same.at(-1);
  if (piece === undefined) return undefined;
  const inside = (piece.isEntry ? rest : [at, ...rest]).filter((step) => step !== undefined);
  const place = z.core.toDotPath(inside);
  return { piece, message: place === '' ? problem.message : `${place}: ${problem.message}` };
}

function textOf(problems: readonly FieldProblem[]): string {
  return problems.map(({ message, path }) => `${z.core.toDotPath(path)}: ${message}`).join('; ');
}
