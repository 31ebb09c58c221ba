import { Session } from 'chdb';
import { z } from 'zod';

/** One statement with what the HTTP interface lets a client say about it. */
export interface Statement {
  readonly sql: string;
  readonly database: string;
  /** Used where the statement has no FORMAT clause. */
  readonly defaultFormat: string;
  /** Settings of this statement alone. */
  readonly settings: Readonly<Record<string, string>>;
  /** Values for `{name:Type}`, in the tab-separated escaping in which they come over HTTP. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Engine {
  /** The result's bytes as the format writes them. Fails with an EngineError. */
  run(statement: Statement): Promise<Uint8Array>;
  close(): void;
}

/** A statement that ClickHouse refused. The message begins with `Code: N. DB::Exception:`. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * ClickHouse's engine with its data in a folder. Statements run one after another (the engine does so anyway),
 * because their database and settings are those of the one session.
 */
export function createEngine(dataFolder: string): Engine {
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
  const changed: string[] = [];
  try {
    await session.queryAsync(`USE ${identifier(statement.database)}`);
    for (const [name, value] of Object.entries(statement.settings)) {
      await session.queryAsync(`SET ${identifier(name)} = ${literal(value)}`);
      changed.push(name);
    }
    for (const [name, value] of Object.entries(statement.parameters)) {
      await session.queryAsync(`SET ${identifier(`param_${name}`)} = ${literal(value)}`);
    }
    const result = await session.queryAsync(statement.sql, { format: statement.defaultFormat });
    return result.bytes();
  } catch (error) {
    throw asEngineError(error);
  } finally {
    for (const name of changed) await session.queryAsync(`SET ${identifier(name)} = DEFAULT`);
  }
}

const failure = z.object({ message: z.string(), clickhouseCode: z.coerce.number().optional() });

function asEngineError(error: unknown): unknown {
  const parsed = failure.safeParse(error);
  if (!parsed.success) return error;
  const { message, clickhouseCode } = parsed.data;
  const code = clickhouseCode ?? Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002);
  return new EngineError(
    message.startsWith('Code:') ? message : `Code: ${code}. DB::Exception: ${message}`,
    code,
  );
}

function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
