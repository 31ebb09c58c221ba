import type { CompletedCommand } from './completed-commands.ts';
import { at, commandCases, quoted, valueCases } from './shell-cases.ts';

/** The script for bash. @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
export function bashScript(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const values = valueCases(commands, (offer) =>
    offer === 'files'
      ? 'compopt -o default'
      : `COMPREPLY=($(compgen -W ${quoted(offer.join(' '))} -- "$current"))`,
  );
  return `# bash completion of ${program}
${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${commandCases(commands)}    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${values}  esac
  case "$at" in
${commands.map((command) => wordsCase(command)).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${name} ${program}
`;
}

function wordsCase({ argument, commands, options, path }: CompletedCommand): string {
  const flags = options.flatMap((option) => option.flags.filter((flag) => flag.startsWith('--')));
  const words = [
    ...commands.map(({ name }) => name),
    ...(typeof argument === 'string' ? [] : argument),
    ...flags,
  ];
  const files = '[[ $current == -* ]] || { compopt -o default; return; }; ';
  return `    ${quoted(at(path))}) ${argument === 'files' ? files : ''}words=${quoted(words.join(' '))} ;;\n`;
}
