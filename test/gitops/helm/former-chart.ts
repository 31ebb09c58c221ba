import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { crdTemplate } from '../../../scripts/chart/templates.ts';
import { kafkaExporterCrd } from '../../../src/operator/api/crd.ts';
import { CHART } from './helm.ts';

/** The field of the spec that the CRD of the former chart lacks. */
export const NEW_FIELD = 'podMonitor';

/** A chart on disk. */
export interface FormerChart {
  readonly path: string;
  remove(): Promise<void>;
}

const properties = z.record(z.string(), z.unknown());
const crdSchema = z.looseObject({
  spec: z.looseObject({
    versions: z.tuple([
      z.looseObject({
        schema: z.looseObject({
          openAPIV3Schema: z.looseObject({
            properties: z.looseObject({ spec: z.looseObject({ properties }) }),
          }),
        }),
      }),
    ]),
  }),
});

/** The chart as version 0.0.9 would have been: its CRD has one field less. */
export async function writeFormerChart(): Promise<FormerChart> {
  const folder = await mkdtemp(join(tmpdir(), 'former-chart-'));
  const path = join(folder, 'deepflow-kafka-exporter');
  await cp(CHART, path, { recursive: true });
  const file = join(path, 'Chart.yaml');
  const chart = await readFile(file, 'utf8');
  await writeFile(file, chart.replace(/^version: .*$/m, 'version: 0.0.9'));
  await writeFile(join(path, 'templates/crd.yaml'), crdTemplate(formerCrd()));
  return { path, remove: () => rm(folder, { recursive: true }) };
}

function formerCrd(): unknown {
  const crd = crdSchema.parse(structuredClone(kafkaExporterCrd()));
  const { spec } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
  const { [NEW_FIELD]: left, ...others } = spec.properties;
  if (left === undefined) throw new Error(`the CRD has no field spec.${NEW_FIELD}`);
  spec.properties = others;
  return crd;
}
