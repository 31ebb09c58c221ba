import type { ExporterDraft } from './exporter-draft.ts';
import type { OptionMap } from '../read/option-map.ts';

/** Converts `endpoints`. */
export function convertEndpoints(options: OptionMap, draft: ExporterDraft): void {
  const seen = new Set<string>();
  for (const found of options.texts('endpoints') ?? []) {
    const { value } = found;
    if (seen.has(value)) {
      draft.say(found, { outcome: 'no effect', becomes: 'nothing more', note: 'is named twice' });
      continue;
    }
    seen.add(value);
    draft.add(found, 'endpoints', { value });
    draft.say(found, { becomes: `endpoints: ${value}` });
  }
}

/** Converts `topic`, unless another topic was asked for. */
export function convertTopic(asked: string | undefined) {
  return (options: OptionMap, draft: ExporterDraft): void => {
    const found = options.text('topic');
    const isEmpty = found === undefined || found.value === '';
    if (asked !== undefined) {
      const said = {
        becomes: `topic: ${asked}, as --topic says`,
        outcome: 'differs',
        note: `to switch, write topic: ${isEmpty ? '""' : found.value}`,
      } as const;
      if (found === undefined) draft.sayAbsent('topic', said);
      else draft.say(found, said);
      return;
    }
    if (isEmpty) {
      if (found !== undefined)
        draft.say(found, { becomes: 'topic: "", which is deepflow.{dataSource}' });
      return;
    }
    draft.set(found, 'topic', { value: found.value, isDecisive: true });
    draft.say(found, { becomes: `topic: ${found.value}` });
  };
}

/** Numbers for which deepflow-server takes its default when they are 0. */
const NUMBERS = {
  'queue-count': { field: 'queueCount', note: 'shards that a pod exports at the same time' },
  'queue-size': {
    field: 'queueSize',
    note: 'when it is full, reading waits, and no record is lost',
  },
  'batch-size': { field: 'batchSize', note: '' },
  'flush-timeout': { field: 'flushTimeoutSeconds', note: '' },
} as const;

/** A record waits at most this long in deepflow-server, whatever `flush-timeout` says. */
const SERVER_FLUSH_SECONDS = 1;
const BATCH_SIZE = 1_024;

/** Converts the options about queues and batches. */
export function convertNumbers(options: OptionMap, draft: ExporterDraft): void {
  for (const [option, { field, note }] of Object.entries(NUMBERS)) {
    const found = options.whole(option);
    if (found === undefined) continue;
    if (found.value === 0) {
      draft.say(found, {
        becomes: 'nothing',
        note: `0 means the default of ${field}, as in deepflow-server`,
      });
      continue;
    }
    draft.set(found, field, { value: found.value });
    const becomes = `${field}: ${found.value}`;
    const isLonger = field === 'flushTimeoutSeconds' && found.value !== SERVER_FLUSH_SECONDS;
    if (isLonger) {
      draft.say(found, {
        outcome: 'differs',
        becomes,
        note: `deepflow-server ignores it and sends every second: records come up to ${found.value} s later, in larger batches; remove the field to send every second`,
      });
    } else draft.say(found, { becomes, note });
  }
  keepBatchWithinQueue(draft);
}

/** A KafkaExporter is refused whose batches do not fit its queue. */
function keepBatchWithinQueue(draft: ExporterDraft): void {
  const valueOf = (field: string): number | undefined => {
    const value = draft.pieces.find((piece) => piece.field === field)?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const queue = valueOf('queueSize');
  const batch = valueOf('batchSize') ?? BATCH_SIZE;
  if (queue === undefined || queue < 1 || batch <= queue) return;
  draft.drop('batchSize', 'batch-size');
  const option = 'batch-size';
  const piece = { field: 'batchSize', value: queue, isEntry: false, isDecisive: false };
  draft.pieces.push({ ...piece, option, place: undefined });
  draft.sayAbsent(option, {
    outcome: 'differs',
    becomes: `batchSize: ${queue}`,
    note: `a batch of ${batch} does not fit queue-size; deepflow-server loses every record with a queue below 1024`,
  });
}

/** Says what becomes of `extra-headers`, whose values may be secret. */
export function convertHeaders(options: OptionMap, draft: ExporterDraft): void {
  const found = options.map('extra-headers');
  if (found === undefined) return;
  draft.say(found, {
    outcome: 'no effect',
    becomes: 'nothing',
    note: 'deepflow-server sends no headers to Kafka either',
  });
}
