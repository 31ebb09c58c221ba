import { h, type ComponentChild } from 'preact';
import type { PageState } from './state.ts';

/** What could not be read, and whether the values are old. */
export function notices({ isConnected, snapshot }: PageState): ComponentChild {
  const lines = [
    ...(isConnected
      ? []
      : ['The command that shows this page does not answer: the values are old.']),
    ...(snapshot?.problem === undefined ? [] : [snapshot.problem]),
    ...(snapshot?.gaps ?? []),
  ];
  if (lines.length === 0) return null;
  return h('ul', { class: 'notices', role: 'alert' }, ...lines.map((line) => h('li', null, line)));
}
