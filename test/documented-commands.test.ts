import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { exporterProgram, pluginProgram } from '../src/cli/program.ts';
import { shellCommands } from './lib/shell-commands.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  ...readdirSync(ROOT),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    path.join('docs', file),
  ),
].filter((file) => file.endsWith('.md'));

const io = { environment: {}, random: () => 0 };
/** What users type, and the program that they start with it. */
const PROGRAMS: readonly (readonly [RegExp, Command])[] = [
  [/(?:^|\| |-- |<\()deepflow-kafka-exporter (.+)/, exporterProgram(io)],
  [/npm run --silent kfx -- (.+)/, exporterProgram(io)],
  [/^kubectl kfx (.+)/, pluginProgram(io)],
];

/** The commands of our programs on a page, as words behind the name of the program. */
function commandsOn(page: string): readonly (readonly [Command, readonly string[]])[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8').replaceAll('\\\n', ' ');
  return shellCommands(text).flatMap((line) => {
    const found = PROGRAMS.flatMap(([pattern, program]) => {
      const [, words] = pattern.exec(line) ?? [];
      const own = words?.split(/ [|>] |\)/)[0]?.split(/\s+/);
      return own === undefined ? [] : [[program, own] as const];
    });
    return found.slice(0, 1);
  });
}

/** What of a command line the program does not know. Undefined: nothing. */
function unknownPart(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  for (const word of words) {
    if (word === '--help' || word === '--version') continue;
    const next = command.commands.find((each) => each.name() === word);
    const isOption = word.startsWith('-') && word !== '-';
    if (next !== undefined) {
      command = next;
    } else if (command === program) {
      return word;
    } else if (
      isOption &&
      !command.options.some(({ short, long }) => word === short || word === long)
    ) {
      return `${command.name()} ${word}`;
    }
  }
  return undefined;
}

const PAGES = DOCUMENTS.filter((page) => commandsOn(page).length > 0);

test('pages have commands', () => {
  expect(PAGES.length).toBeGreaterThan(5);
});

test.each(PAGES)('%s has only commands and options that the program has', (page) => {
  const unknown = commandsOn(page).map(([program, words]) => unknownPart(program, words));
  expect(unknown.filter((each) => each !== undefined)).toEqual([]);
});
