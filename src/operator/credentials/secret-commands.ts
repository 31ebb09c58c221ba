import type { CredentialNeed } from './credential-needs.ts';

type Key = Pick<CredentialNeed, 'key' | 'content'>;

/** The command that creates a Secret with all these keys. Words in capital letters are for the user to replace. */
export function createCommand(name: string, keys: readonly Key[], namespace: string): string {
  return [
    'kubectl create secret generic',
    name,
    '--namespace',
    namespace,
    ...keys.map(fromOption),
  ].join(' ');
}

/** The command that sets one key of a Secret and keeps its other keys. */
export function fillCommand(
  { content, key, secretName }: Key & Pick<CredentialNeed, 'secretName'>,
  namespace: string,
): string {
  const patch = isText(content)
    ? `'{"stringData":{"${key}":"${placeholder(key)}"}}'`
    : `"{\\"data\\":{\\"${key}\\":\\"$(base64 < FILE | tr -d '\\n')\\"}}"`;
  return `kubectl patch secret ${secretName} --namespace ${namespace} --patch ${patch}`;
}

function fromOption({ content, key }: Key): string {
  return isText(content) ? `--from-literal=${key}=${placeholder(key)}` : `--from-file=${key}=FILE`;
}

/** Text has no line breaks, so it can be part of a command. */
function isText(content: CredentialNeed['content']): boolean {
  return content === 'text' || content === 'token';
}

function placeholder(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
