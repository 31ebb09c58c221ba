import protocolError from 'kafkajs/src/protocol/error.js';
import { expect, test } from 'vitest';
import { errorOfCode, KAFKA_ERRORS } from '../../../../src/exporter/kafka/errors/error-codes.ts';
import { errorWords } from '../../../../src/exporter/kafka/errors/error-words.ts';
import {
  brokerFailure,
  isProducerLost,
  kafkaFailure,
} from '../../../../src/exporter/kafka/errors/kafka-error.ts';
import { kafkaProblem } from '../../../../src/exporter/kafka/errors/kafka-problem.ts';
import { exporterConfig } from '../../exporter-config.ts';

const { kafka } = exporterConfig({});

test('every code and every name is there once', () => {
  expect(new Set(KAFKA_ERRORS.map(({ code }) => code)).size).toBe(KAFKA_ERRORS.length);
  expect(new Set(KAFKA_ERRORS.map(({ name }) => name)).size).toBe(KAFKA_ERRORS.length);
});

test.each(KAFKA_ERRORS)('$name has a meaning, a remedy and a problem that names it', (error) => {
  const { meaning = '', remedy = '' } = errorWords(error.name) ?? {};
  expect(meaning).not.toBe('');
  expect(remedy).not.toBe('');
  const { message, reason } = kafkaProblem(brokerFailure(error.code), kafka, 'records');
  expect(reason).toBe(error.reason);
  expect(message).toContain(`(${error.name})`);
});

test.each([
  [14, 'wait', 'KafkaNotReady'],
  [6, 'refresh', 'KafkaNotReady'],
  [19, 'wait', 'NotEnoughReplicas'],
  [32, 'record', 'KafkaError'],
  [87, 'record', 'KafkaError'],
  [44, 'configuration', 'TopicRefused'],
  [47, 'fenced', 'ProducerFenced'],
  [90, 'fenced', 'ProducerFenced'],
  [120, 'fenced', 'KafkaError'],
] as const)('the error %d is of the class %s', (code, kind, reason) => {
  expect(errorOfCode(code)).toMatchObject({ class: kind, reason });
});

test('a producer is lost by every error that fences it', () => {
  for (const { code, class: kind } of KAFKA_ERRORS) {
    expect(isProducerLost(brokerFailure(code))).toBe(kind === 'fenced');
  }
});

test('an error that came after kafkajs has its name', () => {
  const { reason, detail } = kafkaFailure(protocolError.createErrorFromCode(90));
  expect({ reason, detail }).toEqual(brokerFailure(90));
});
