import type { Steps } from './session-script.ts';

/**
 * A coordinator checks every ten seconds which transactions have taken longer than their time-out, which is a minute, and aborts
 * them. On a busy machine it does so late.
 */
const BEYOND_TIMEOUT_MS = 90_000;

/**
 * Requests to partitions 0 and 1 of an empty topic, to which a model of Kafka must give the same answers as Kafka. The
 * name of a script says what it shows.
 */
export const SCRIPTS: Readonly<Record<string, (steps: Steps) => Promise<void>>> = {
  'consumers read records after their transaction is committed': async ({
    init,
    add,
    send,
    end,
    see,
  }) => {
    const producer = await init('a');
    await add(producer, 0, 1);
    await send(producer, { partition: 0, sequence: 0, content: 1 });
    await send(producer, { partition: 0, sequence: 1, content: 2 });
    await send(producer, { partition: 1, sequence: 0, content: 3 });
    await see(0);
    await end(producer, true);
    await see(0);
    await see(1);
  },
  'consumers never read the records of an aborted transaction': async ({
    init,
    add,
    send,
    end,
    see,
  }) => {
    const producer = await init('a');
    await add(producer, 0);
    await send(producer, { partition: 0, sequence: 0, content: 1 });
    await end(producer, false);
    await add(producer, 0);
    await send(producer, { partition: 0, sequence: 1, content: 2 });
    await end(producer, true);
    await see(0);
  },
  'consumers do not read past an open transaction': async ({ init, add, send, end, see }) => {
    const slow = await init('slow');
    const fast = await init('fast');
    await add(slow, 0);
    await send(slow, { partition: 0, sequence: 0, content: 1 });
    await add(fast, 0);
    await send(fast, { partition: 0, sequence: 0, content: 2 });
    await end(fast, true);
    await see(0);
    await end(slow, true);
    await see(0);
  },
  'a batch that is sent again is stored once, and a batch that leaves a gap in the sequence is refused':
    async ({ init, add, send, end, see }) => {
      const producer = await init('a');
      await add(producer, 0);
      await send(producer, { partition: 0, sequence: 0, content: 1 });
      await send(producer, { partition: 0, sequence: 0, content: 1 });
      await send(producer, { partition: 0, sequence: 2, content: 3 });
      await send(producer, { partition: 0, sequence: 1, content: 2 });
      await end(producer, true);
      await see(0);
    },
  'requests of an older producer of the same transactional id are refused': async ({
    init,
    add,
    send,
    end,
    see,
  }) => {
    const older = await init('a');
    await add(older, 0);
    await send(older, { partition: 0, sequence: 0, content: 1 });
    const newer = await init('a');
    await send(older, { partition: 0, sequence: 1, content: 2 });
    await end(older, true);
    await add(newer, 0);
    await send(newer, { partition: 0, sequence: 0, content: 3 });
    await end(newer, true);
    await see(0);
  },
  'a commit may be requested again, but not followed by an abort': async ({
    init,
    add,
    send,
    end,
    see,
  }) => {
    const producer = await init('a');
    await add(producer, 0);
    await send(producer, { partition: 0, sequence: 0, content: 1 });
    await end(producer, true);
    await end(producer, true);
    await end(producer, false);
    await see(0);
  },
  'a batch to a partition that is not part of the transaction is refused': async ({
    init,
    add,
    send,
    end,
    see,
  }) => {
    const producer = await init('a');
    await add(producer, 0);
    await send(producer, { partition: 1, sequence: 0, content: 1 });
    await send(producer, { partition: 0, sequence: 0, content: 2 });
    await end(producer, true);
    await see(0);
    await see(1);
  },
  'a transaction that takes longer than its time-out is aborted, and its producer fenced': async ({
    init,
    add,
    send,
    end,
    see,
    sleep,
  }) => {
    const producer = await init('a');
    await add(producer, 0);
    await send(producer, { partition: 0, sequence: 0, content: 1 });
    await sleep(BEYOND_TIMEOUT_MS);
    await send(producer, { partition: 0, sequence: 1, content: 2 });
    await end(producer, true);
    await see(0);
  },
};
