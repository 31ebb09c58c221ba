import { AnswerError } from './answer-error.ts';

/** As ClickHouse begins its exceptions (src/Common/Exception.cpp); those of other servers stand within. */
const BEGINNING = /Code: (\d{1,5})\. DB::(?:\w{1,40})?Exception: /g;
/** And ends them: the code's name, the version, and since 25.11 the length of the text and the tag of the answer. */
const ENDING =
  /\([A-Z][A-Z0-9_]{2,60}\)(?: \(version [^\n]{1,100}\))?\s*(?:\d{1,6} \w{1,64}\s+__exception__\s*)?$/;
const TAG = /\s+\d{1,6} \w{1,64}\s+__exception__\s*$/;
/** Bytes that are no text: an exception that only stands in the data of an answer is followed by some. */
const NO_TEXT = /[^\P{Cc}\s]/u;

/**
 * The exception at the end of a text, where ClickHouse puts one that comes after it has begun to answer; undefined: the
 * text does not end with one.
 */
export function exceptionAtEnd(text: string): AnswerError | undefined {
  for (const { 0: beginning, 1: code, index } of text.matchAll(BEGINNING)) {
    const exception = text.slice(index);
    if (NO_TEXT.test(exception) || !ENDING.test(exception)) continue;
    return new AnswerError(exception.slice(beginning.length).replace(TAG, '').trim(), code);
  }
  return undefined;
}
