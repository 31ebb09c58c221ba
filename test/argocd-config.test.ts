import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { argocdConfig } from '../scripts/argocd-config.ts';

it('deploy/argocd/argocd-cm.yaml is what npm run generate makes of the Lua files', () => {
  const file = new URL('../deploy/argocd/argocd-cm.yaml', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(argocdConfig());
});
