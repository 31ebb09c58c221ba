import { fragmentOf } from './place.ts';
import type { Place } from './state.ts';

/** Cards that come into view get their real height, and move the others: for so many frames the position is set again. */
const FRAMES = 3;

/** Where the list was when a card was opened. */
export interface ListPosition {
  readonly scrollY: number;
  /** Pixels from the top of the window to the card; undefined: it was not in the list. */
  readonly top: number | undefined;
}

/** Where the list is now. @param place the exporter that is being opened. */
export function listPosition(place: Place): ListPosition {
  return { scrollY: window.scrollY, top: linkTo(place)?.getBoundingClientRect().top };
}

/** Brings the list back to where it was, with the focus on the exporter that was open. */
export function restorePosition(place: Place, position: ListPosition | undefined): void {
  const link = linkTo(place);
  link?.focus({ preventScroll: true });
  const { scrollY = 0, top } = position ?? {};
  let frames = 0;
  const set = (): void => {
    if (link === undefined) window.scrollTo(0, scrollY);
    // The page began with this exporter.
    else if (top === undefined) link.scrollIntoView({ block: 'center' });
    else window.scrollBy(0, link.getBoundingClientRect().top - top);
    frames++;
    if (frames < FRAMES) requestAnimationFrame(set);
  };
  set();
}

function linkTo(place: Place): HTMLAnchorElement | undefined {
  const fragment = fragmentOf(place);
  return [...document.querySelectorAll<HTMLAnchorElement>('.card a')].find(
    ({ hash }) => hash === fragment,
  );
}
