import type { CompletedCommand, Offer } from './completed-commands.ts';

// What the scripts of bash and zsh have in common: both find the command in the words that are there, with `case`.

/** A text as one word of bash or zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What the variable `at` of the scripts holds for a command: empty for the program, else ` checkpoints show`. */
export function at(path: string): string {
  return path === '' ? '' : ` ${path}`;
}

/** Cases that move `at` to a command, by `$at` and the next word. */
export function commandCases(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      ${quoted(at(path))}) at=${quoted(at(path))} ;;\n`)
    .join('');
}

/**
 * Cases that offer the values of options, by `$at` and the word before.
 *
 * @param offered what the shell runs for an offer.
 */
export function valueCases(
  commands: readonly CompletedCommand[],
  offered: (offer: Exclude<Offer, 'nothing'>) => string,
): string {
  return commands
    .flatMap(({ options, path }) =>
      options.flatMap(({ flags, value }) => {
        if (value === undefined) return [];
        const patterns = flags.map((flag) => quoted(`${at(path)} ${flag}`)).join('|');
        return [`    ${patterns}) ${value === 'nothing' ? '' : `${offered(value)}; `}return ;;\n`];
      }),
    )
    .join('');
}
