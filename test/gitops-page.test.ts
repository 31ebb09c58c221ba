import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GO_TOOLS } from './harness/go-tools/go-tools.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/gitops.md');

describe('docs/gitops.md', () => {
  it('names the tested versions', () => {
    expect(page).toContain(
      `source-controller and kustomize-controller ${GO_TOOLS['source-controller'].version}`,
    );
    expect(GO_TOOLS['kustomize-controller'].version).toBe(GO_TOOLS['source-controller'].version);
    expect(page).toContain(`Argo CD ${GO_TOOLS.argocd.version}`);
  });

  it('shows the commands that the comments of the examples show', () => {
    const commands = [
      [/kubectl create secret generic sops-age .*/, 'examples/gitops/flux.yaml'],
      [/kubectl patch configmap argocd-cm .*/, 'deploy/argocd/argocd-cm.yaml'],
    ] as const;
    for (const [command, file] of commands) {
      expect(command.exec(page)?.[0]).toBe(command.exec(read(file))?.[0]);
    }
  });

  it('names the annotation that the action restart sets', () => {
    const folder = 'deploy/argocd/resource_customizations/export.deepflow.io/KafkaExporter';
    const [annotation = 'none'] =
      /export\.deepflow\.io\/\w+/.exec(read(`${folder}/actions/restart/action.lua`)) ?? [];
    expect(page).toContain(`\`${annotation}\``);
  });
});
