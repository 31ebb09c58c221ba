import { AnswerError } from './answer-error.ts';

/**
 * The beginning of ClickHouse's exceptions (src/Common/Exception.cpp). Exceptions of other servers
 * are nested in the text.
 */
const BEGINNING = /Code: (\d{1,5})\. DB::(?:\w{1,40})?Exception: /g;
/**
 * The end of ClickHouse's exceptions: the name of the code, the version, and since 25.11 the length
 * of the text and the tag of the answer.
 */
const ENDING =
  /\([A-Z][A-Z0-9_]{2,60}\)(?: \(version [^\n]{1,100}\))?\s*(?:\d{1,6} \w{1,64}\s+__exception__\s*)?$/;
const TAG = /\s+\d{1,6} \w{1,64}\s+__exception__\s*$/;
/**
 * Bytes that are not text. If an exception is part of the data of an answer, such bytes follow it.
 */
const NO_TEXT = /[^\P{Cc}\s]/u;

/**
 * The exception at the end of a text. ClickHouse writes an exception there when it has already
 * begun to answer. Undefined: the text does not end with an exception.
 */
export function exceptionAtEnd(text: string): AnswerError | undefined {
  for (const { 0: beginning, 1: code, index } of text.matchAll(BEGINNING)) {
    const exception = text.slice(index);
    if (NO_TEXT.test(exception) || !ENDING.test(exception)) continue;
    return new AnswerError(exception.slice(beginning.length).replace(TAG, '').trim(), code);
  }
  return undefined;
}
