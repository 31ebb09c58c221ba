import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  answersRows,
  type Engine,
  engineError,
  EngineError,
  resetStatements,
  settingStatements,
  type Statement,
} from './engine.ts';

/** Where an engine has its library, its tables, and files that live as long as a statement. */
export interface LibraryFolders {
  /** Of PyPI's chdb. */
  readonly library: string;
  readonly data: string;
  readonly work: string;
}

const program = fileURLToPath(new URL('library-engine.py', import.meta.url));

/** A session ends after so many files of statements, since each stands among the arguments of its run. */
const FILES_MAX = 20_000;

/** UNKNOWN_EXCEPTION. */
const CRASH = 1002;
/** Of what an engine prints, so many of the last characters are told when it has ended. */
const PRINTED_MAX = 4_000;

/** Errors come as ClickHouse's words. */
const answer = z.string().nullable();

/** A FORMAT clause at the end of a statement, with what may follow it. */
const formatClause = /\bFORMAT\s+\w+\s*(?:SETTINGS\b[^()]*)?;?\s*$/i;

type RunFile = (path: string) => Promise<void>;

/** What runs the statements of a file. Fails with an EngineError, after which it is of no more use. */
interface Session {
  runFile(path: string): Promise<void>;
  end(): void;
}

/** The process of an engine has ended by itself, as these libraries do now and then. */
class EngineCrash extends EngineError {}

/**
 * The engine of PyPI's chdb, in a Python process of its own (`library-engine.py`). Statements run one after another in
 * one session, which ends with a statement that fails; the next one begins another on the same data.
 */
export function createLibraryEngine(folders: LibraryFolders): Engine {
  let session: Session | undefined;
  let left = 0;
  const end = (): void => {
    session?.end();
    session = undefined;
  };
  const runFile = async (path: string): Promise<void> => {
    if (left === 0) end();
    if (session === undefined) {
      session = startSession(folders);
      left = FILES_MAX;
    }
    left--;
    try {
      await session.runFile(path);
    } catch (error) {
      end();
      throw error;
    }
  };
  let last: Promise<unknown> = createDefaultDatabase(folders.work, runFile);
  return {
    run: (statement) => {
      const result = last.then(() => runSurely(folders.work, statement, runFile));
      last = result.catch(() => undefined);
      return result;
    },
    close: end,
  };
}

function startSession({ library, data, work }: LibraryFolders): Session {
  const child = spawn('python3', [program, library, data, work, String(FILES_MAX)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-PRINTED_MAX);
  });
  const closed = once(child, 'close');
  // That the engine has ended is what its answer says.
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    runFile: async (path) => {
      child.stdin.write(`${JSON.stringify(path)}\n`);
      const { value, done } = await answers.next();
      if (done === true) {
        await closed;
        const how = String(child.signalCode ?? child.exitCode);
        throw new EngineCrash(
          `Code: ${CRASH}. DB::Exception: the engine has ended (${how}) ${printed}`,
          CRASH,
        );
      }
      const error = answer.parse(JSON.parse(value));
      if (error !== null) throw engineError(error);
    },
    end: () => child.kill('SIGKILL'),
  };
}

/** A server has it from the start. */
async function createDefaultDatabase(folder: string, runFile: RunFile): Promise<void> {
  const path = join(folder, 'statements.sql');
  await writeFile(path, 'CREATE DATABASE IF NOT EXISTS default');
  await runFile(path);
}

/** Runs a statement, and one that changes no rows once again when the engine crashes in it. */
async function runSurely(
  folder: string,
  statement: Statement,
  runFile: RunFile,
): Promise<Uint8Array> {
  try {
    return await runOne(folder, statement, runFile);
  } catch (error) {
    const changesNoRows = answersRows(statement.sql) || /^\s*SET\b/i.test(statement.sql);
    if (!changesNoRows || !(error instanceof EngineCrash)) throw error;
    process.stderr.write(`${error.message}; a new one runs the statement again\n`);
    return runOne(folder, statement, runFile);
  }
}

async function runOne(folder: string, statement: Statement, runFile: RunFile): Promise<Uint8Array> {
  const paths = {
    statements: join(folder, 'statements.sql'),
    data: join(folder, 'data'),
    answer: join(folder, 'answer'),
  };
  if (statement.data !== undefined) await writeFile(paths.data, statement.data);
  const statements = [
    ...settingStatements(statement),
    withFiles(statement, paths),
    ...resetStatements(statement),
  ];
  await writeFile(paths.statements, statements.join(';\n'));
  await rm(paths.answer, { force: true });
  await runFile(paths.statements);
  return answersRows(statement.sql) ? readFile(paths.answer) : new Uint8Array();
}

/** The statement with its data from a file, and its answer into one. */
function withFiles(
  { sql, data, defaultFormat }: Statement,
  paths: { readonly data: string; readonly answer: string },
): string {
  const statement = sql.replace(/;\s*$/, '');
  const format = formatClause.exec(statement);
  if (data !== undefined) {
    const [into, clause] = [statement.slice(0, format?.index), format?.[0] ?? ''];
    return `${into} FROM INFILE '${paths.data}' ${clause}`;
  }
  if (!answersRows(statement)) return statement;
  const into = `INTO OUTFILE '${paths.answer}'`;
  return format === null
    ? `${statement}\n${into} FORMAT ${defaultFormat}`
    : `${statement.slice(0, format.index)}\n${into} ${format[0]}`;
}
