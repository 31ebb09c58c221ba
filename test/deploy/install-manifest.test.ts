import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renderInstallManifest } from '../../scripts/install-manifest.ts';

const manifest = z.looseObject({ kind: z.string() });

describe('install.yaml', () => {
  const text = renderInstallManifest('registry.example.com/exporter:1.2.3');
  const kinds = loadAll(text).map((each) => manifest.parse(each).kind);

  it('has the image that the release names, and no other', () => {
    expect([...text.matchAll(/^ +image: (.+)$/gm)].map(([, image]) => image)).toEqual([
      'registry.example.com/exporter:1.2.3',
    ]);
  });

  it('has the CRD and the namespace before what needs them', () => {
    expect(kinds.slice(0, 2)).toEqual(['CustomResourceDefinition', 'Namespace']);
    expect(kinds).toContain('Deployment');
  });
});
