import type { Command } from 'commander';
import { z } from 'zod';

/** A label of Kubernetes, with or without a value. */
const LABEL =
  /^(?<key>(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)(?:=(?<value>(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?))?$/;

const label = z.string().transform((text, context) => {
  const { key, value } = LABEL.exec(text)?.groups ?? {};
  if (key !== undefined) return { key, value };
  context.addIssue({ code: 'custom', message: 'must be a label such as NAME or NAME=VALUE' });
  return z.NEVER;
});

/** A name, or its beginning and a star. */
const NAME = /^[A-Za-z0-9._/-]*\*?$/;

const names = z
  .string()
  .transform((text) => text.split(',').filter((name) => name !== ''))
  .refine(
    (list) => list.every((name) => NAME.test(name)),
    'must be names, comma-separated; only their last character may be *',
  );

/** Options that say what authors of KafkaExporters may ask for. */
export const authorOptions = {
  requireSecretLabel: label.optional(),
  allowedPriorityClasses: names.optional(),
  allowedRuntimeClasses: names.optional(),
  allowedTolerations: names.optional(),
  allowedPodAnnotations: names.optional(),
  allowedPodLabels: names.optional(),
};

/** Adds these options to a command. */
export function addAuthorOptions(command: Command): Command {
  return command
    .option(
      '--require-secret-label <label>',
      'use only Secrets that have this label, NAME or NAME=VALUE (default: Secrets need no label)',
    )
    .option(
      '--allowed-priority-classes <names>',
      'priorityClassName that KafkaExporters may have, comma-separated; NAME* is every name that begins so; an empty list allows none (default: all)',
    )
    .option('--allowed-runtime-classes <names>', 'the same for runtimeClassName (default: all)')
    .option(
      '--allowed-tolerations <keys>',
      'the same for keys of taints that tolerations name (default: all)',
    )
    .option(
      '--allowed-pod-annotations <keys>',
      'the same for keys of podTemplate.annotations (default: all)',
    )
    .option(
      '--allowed-pod-labels <keys>',
      'the same for keys of podTemplate.labels (default: all)',
    );
}
