import { readFileSync } from 'node:fs';
import { setting } from '../harness/settings.ts';

// Loaded into an exporter's process before anything else (`node --import`): its clock is off by the milliseconds that
// stand in the file FAULTS_CLOCK_FILE, which may change at any time. Durations stay right, as on a real machine.

const LOOK_AGAIN_MS = 100;
const path = setting('FAULTS_CLOCK_FILE');
const trueNow = Date.now.bind(Date);
let offsetMs = 0;

const look = (): void => {
  // A file that is just being written is empty: the last answer stays.
  const text = path === undefined ? '' : readFileSync(path, 'utf8');
  if (text !== '') offsetMs = Number(text);
};
look();
setInterval(look, LOOK_AGAIN_MS).unref();

class ShiftedDate extends Date {
  static override now(): number {
    return trueNow() + offsetMs;
  }

  constructor(first: number | string | Date = ShiftedDate.now(), ...rest: number[]) {
    const [month, day = 1, hours = 0, minutes = 0, seconds = 0, ms = 0] = rest;
    if (month === undefined) super(first);
    else super(Number(first), month, day, hours, minutes, seconds, ms);
  }
}
Object.assign(globalThis, { Date: ShiftedDate });
