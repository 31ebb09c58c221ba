import type { Found } from '../read/option-map.ts';
import type { OptionReport, Outcome } from '../read/option-report.ts';
import type { SpecPiece } from './spec-piece.ts';

/** The user name and the password of `sasl`. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Why a KafkaExporter waits for somebody to decide. */
const WAITS =
  'the KafkaExporter has enabled: false until you have decided, since it might send other records, or elsewhere';

/** What is said about an option. */
interface Said {
  readonly outcome?: Outcome;
  readonly becomes: string;
  readonly note?: string;
}

/** Collects what becomes of the options of an exporter. */
export class ExporterDraft {
  readonly lines: OptionReport[] = [];
  readonly pieces: SpecPiece[] = [];
  /** Why the KafkaExporter must not run before somebody has looked at it. */
  readonly reasonsToWait: string[] = [];
  login: Login | undefined;

  /** A line about an option that is there. */
  say({ option, otherName, place }: Omit<Found<unknown>, 'value'>, said: Said): void {
    const { becomes, note = '', outcome = 'same' } = said;
    const isRead = otherName === undefined;
    this.lines.push({
      option,
      place,
      outcome: isRead || outcome !== 'same' ? outcome : 'differs',
      becomes,
      note: [
        isRead ? '' : `${otherName}, which deepflow-server ignores: it has its effect from now on`,
        note,
      ]
        .filter((each) => each !== '')
        .join('; '),
    });
  }

  /** A line about an option that the file does not have, or that is empty. */
  sayAbsent(option: string, said: Said): void {
    const { becomes, note = '', outcome = 'same' } = said;
    this.lines.push({ option, place: undefined, outcome, becomes, note });
  }

  /** Forgets a field, and what was said about its option. */
  drop(field: string, option: string): void {
    const piece = this.pieces.findIndex((each) => each.field === field);
    if (piece !== -1) this.pieces.splice(piece, 1);
    const line = this.lines.findIndex((each) => each.option === option);
    if (line !== -1) this.lines.splice(line, 1);
  }

  /** A line about an option that is not converted, for which the KafkaExporter waits. */
  wait(line: OptionReport): void {
    this.lines.push({ ...line, note: `${line.note}; ${WAITS}` });
    this.reasonsToWait.push(line.option);
  }

  /** A field that is a whole value. */
  set(found: Found<unknown>, field: string, piece: { value: unknown; isDecisive?: boolean }): void {
    const { option, place } = found;
    const { isDecisive = false, value } = piece;
    this.pieces.push({ field, value, isEntry: false, option, place, isDecisive });
  }

  /** An entry of a field that is a list. */
  add(found: Found<unknown>, field: string, piece: { value: unknown; isDecisive?: boolean }): void {
    const { option, place } = found;
    const { isDecisive = false, value } = piece;
    this.pieces.push({ field, value, isEntry: true, option, place, isDecisive });
  }
}
