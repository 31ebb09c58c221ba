import type { CredentialNeed, KeyNeed, KeySource } from './credential-needs.ts';

/**
 * The command that creates a Secret or ConfigMap with the keys of all these needs. Words in capital letters are for the user to
 * replace.
 */
export function createCommand(
  { kind, name }: KeySource,
  needs: readonly KeyNeed[],
  namespace: string,
): string {
  const create = kind === 'Secret' ? 'secret generic' : 'configmap';
  const keys = [...new Set(needs.map(fromOption))].join(' ');
  return `kubectl create ${create} ${name} --namespace ${namespace} ${keys}`;
}

/** The command that sets one key of a Secret, or edits a ConfigMap, and keeps the other keys. */
export function fillCommand({ content, source }: KeyNeed, namespace: string): string {
  const { key, kind, name } = source;
  if (kind === 'ConfigMap') return `kubectl edit configmap ${name} --namespace ${namespace}`;
  const patch = isText(content)
    ? `'{"stringData":{"${key}":"${placeholder(key)}"}}'`
    : `"{\\"data\\":{\\"${key}\\":\\"$(base64 < FILE | tr -d '\\n')\\"}}"`;
  return `kubectl patch secret ${name} --namespace ${namespace} --patch ${patch}`;
}

function fromOption({ content, source: { key } }: KeyNeed): string {
  return isText(content) ? `--from-literal=${key}=${placeholder(key)}` : `--from-file=${key}=FILE`;
}

/** Text has no line breaks, so it can be part of a command. */
function isText(content: CredentialNeed['content']): boolean {
  return content === 'text' || content === 'token';
}

function placeholder(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
