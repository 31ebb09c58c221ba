import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldTables } from '../../../scripts/field-table.ts';
import {
  CONDITION_REASONS,
  type ConditionReason,
} from '../../../src/operator/api/status/condition-reasons.ts';
import { kafkaExporterCrd } from '../../../src/operator/api/crd.ts';

const page = readFileSync(new URL('../../../docs/kafkaexporter.md', import.meta.url), 'utf8');

describe('docs/kafkaexporter.md', () => {
  const { spec, status } = fieldTables(kafkaExporterCrd());

  it('has the tables that npm run generate makes', () => {
    expect(page).toContain(spec);
    expect(page).toContain(status);
  });

  it.each(CONDITION_REASONS)('explains the reason %s', (reason) => {
    expect(page).toContain(`\`${reason}\``);
  });
});

/** Reasons of a resource that needs no help. */
const ORDINARY: readonly ConditionReason[] = [
  'Valid',
  'Resolved',
  'NotNeeded',
  'Trying',
  'Applied',
  'Available',
  'NotCreated',
  'Progressing',
  'ScalingDown',
  'Delivering',
  'Disabled',
  'Suspended',
];

describe('docs/troubleshooting.md', () => {
  const help = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

  it.each(CONDITION_REASONS.filter((reason) => !ORDINARY.includes(reason)))(
    'says what to do about the reason %s',
    (reason) => {
      expect(help).toContain(`\`${reason}\``);
    },
  );
});
