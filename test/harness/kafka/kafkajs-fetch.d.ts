/** The part of kafkajs that decodes answers of fetch requests. */
declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  type Committed = typeof import('../../../src/exporter/kafka/kafkajs/committed-messages.ts');
  interface Response {
    readonly responses: readonly {
      readonly partitions: readonly {
        readonly abortedTransactions: Parameters<Committed['committedMessages']>[1] | null;
        readonly messages: Parameters<Committed['committedMessages']>[0];
      }[];
    }[];
  }
  const response: { decode: (rawData: Buffer) => Promise<Response> };
  export default response;
}
