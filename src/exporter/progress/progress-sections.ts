import type { RecordsSection } from '../encode/encoded-batch.ts';
import { messageBytes } from './sent-rows.ts';
import { type ProgressMessage, progressRecords } from './progress-message.ts';

/** The most bytes of progress in one batch, if the topic accepts them. */
export const PROGRESS_BYTES_MAX = 800_000;

/** Messages as the records sections of batches of at most `bytesMax`, if each message is smaller. */
export function progressSections(
  messages: readonly ProgressMessage[],
  nowMs: number,
  bytesMax = PROGRESS_BYTES_MAX,
): readonly RecordsSection[] {
  const sections: RecordsSection[] = [];
  let part: ProgressMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (part.length > 0 && bytes + messageBytes(message) > bytesMax) {
      sections.push(progressRecords(part, nowMs));
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += messageBytes(message);
  }
  if (part.length > 0) sections.push(progressRecords(part, nowMs));
  return sections;
}
