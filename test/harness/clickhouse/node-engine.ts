import { Session } from 'chdb';
import { z } from 'zod';
import {
  type Engine,
  engineError,
  resetStatements,
  settingStatements,
  type Statement,
} from './engine.ts';

/**
 * The engine of npm's chdb, in this process. Statements run one after another (the engine does so anyway), because
 * their database and settings are those of the one session.
 */
export function createNodeEngine(dataFolder: string): Engine {
  const session = new Session(dataFolder);
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (statement) => {
      const result = last.then(() => runOne(session, statement));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => {
      session.close();
    },
  };
}

async function runOne(session: Session, statement: Statement): Promise<Uint8Array> {
  const { sql, data, defaultFormat } = statement;
  try {
    for (const setting of settingStatements(statement)) await session.queryAsync(setting);
    const whole = data === undefined ? sql : `${sql}\n${data}`;
    const result = await session.queryAsync(whole, { format: defaultFormat });
    return result.bytes();
  } catch (error) {
    throw asEngineError(error);
  } finally {
    for (const reset of resetStatements(statement)) {
      // What is unknown was never set, and the statement has failed of it.
      await session.queryAsync(reset).catch(() => undefined);
    }
  }
}

const failure = z.object({ message: z.string(), clickhouseCode: z.coerce.number().optional() });

function asEngineError(error: unknown): unknown {
  const parsed = failure.safeParse(error);
  if (!parsed.success) return error;
  return engineError(parsed.data.message, parsed.data.clickhouseCode);
}
