import { readdirSync, readFileSync } from 'node:fs';
import { dump } from 'js-yaml';

const KIND = 'export.deepflow.io/KafkaExporter';
const FOLDER = new URL(`../deploy/argocd/resource_customizations/${KIND}/`, import.meta.url);
const KEY = KIND.replace('/', '_');

/**
 * `deploy/argocd/argocd-cm.yaml`: what the Lua files say, in the form of the ConfigMap from which Argo CD reads it.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/resource_actions/
 */
export function argocdConfig(): string {
  const actions = readdirSync(new URL('actions/', FOLDER), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'testdata')
    .map(({ name }) => name)
    .toSorted();
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: {
      [`resource.customizations.health.${KEY}`]: read('health.lua'),
      [`resource.customizations.actions.${KEY}`]: dump(
        {
          'discovery.lua': read('actions/discovery.lua'),
          definitions: actions.map((name) => ({
            name,
            'action.lua': read(`actions/${name}/action.lua`),
          })),
        },
        { lineWidth: -1 },
      ),
    },
  };
  const comment = [
    '# Generated from resource_customizations/ by npm run generate. A patch for the ConfigMap of Argo CD:',
    '# kubectl patch configmap argocd-cm --namespace argocd --type merge --patch-file deploy/argocd/argocd-cm.yaml',
  ];
  return `${comment.join('\n')}\n${dump(config, { lineWidth: -1 })}`;
}

function read(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8');
}
