import type { CompletedCommand } from './completed-commands.ts';
import { at, commandCases, quoted, valueCases } from './shell-cases.ts';

/** The script for zsh. @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export function zshScript(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const values = valueCases(commands, (offer) =>
    offer === 'files' ? '_files' : `compadd -- ${offer.map((word) => quoted(word)).join(' ')}`,
  );
  return `#compdef ${program}
# zsh completion of ${program}
${name}() {
  local at='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
${commandCases(commands)}    esac
  done
  case "$at $words[CURRENT-1]" in
${values}  esac
  local -a names flags
  case "$at" in
${commands.map((command) => wordsCase(command)).join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe option flags
  elif (( $#names )); then
    _describe command names
  fi
}
compdef ${name} ${program}
`;
}

function wordsCase({ argument, commands, options, path }: CompletedCommand): string {
  const flags = options.flatMap((option) =>
    option.flags
      .filter((flag) => flag.startsWith('--'))
      .map((flag) => described(flag, option.description)),
  );
  const names = [
    ...commands.map((command) => described(command.name, command.description)),
    ...(typeof argument === 'string' ? [] : argument.map((word) => quoted(word))),
  ];
  const files = '[[ $words[CURRENT] == -* ]] || { _files; return }; ';
  return `    ${quoted(at(path))}) ${argument === 'files' ? files : ''}names=(${names.join(' ')}); flags=(${flags.join(' ')}) ;;\n`;
}

/** A colon separates a word from its description. */
function described(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${description}`);
}
