import type { CompletedCommand, CompletedOption, Offer } from './completed-commands.ts';
import { at } from './shell-cases.ts';

/** The script for fish. @see https://fishshell.com/docs/current/cmds/complete.html */
export function fishScript(program: string, commands: readonly CompletedCommand[]): string {
  const name = `__${program.replaceAll('-', '_')}_at`;
  const paths = commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => fishQuoted(` ${path}`));
  const lines = commands.flatMap((command) => {
    const start = `complete -c ${program} -n ${fishQuoted(`${name} ${fishQuoted(at(command.path))}`)}`;
    return linesOf(command).map((line) => `${start} ${line}`);
  });
  return `# fish completion of ${program}
function ${name}
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case ${paths.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${program} -f
${lines.join('\n')}
`;
}

function linesOf({ argument, commands, options }: CompletedCommand): readonly string[] {
  return [
    ...commands.map(({ description, name }) => `-a ${name} -d ${fishQuoted(description)}`),
    ...options.map((option) => optionLine(option)),
    ...(argument === 'nothing' ? [] : [argument === 'files' ? '-F' : `-a ${wordsOf(argument)}`]),
  ];
}

function optionLine({ description, flags, value }: CompletedOption): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  return [...names, ...valueOf(value), `-d ${fishQuoted(description)}`].join(' ');
}

function valueOf(value: Offer | undefined): readonly string[] {
  if (value === undefined) return [];
  if (value === 'nothing') return ['-x'];
  return value === 'files' ? ['-r -F'] : [`-x -a ${wordsOf(value)}`];
}

function wordsOf(words: readonly string[]): string {
  return fishQuoted(words.join(' '));
}

/** In quotation marks, fish knows a backslash before another and before a quotation mark. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
