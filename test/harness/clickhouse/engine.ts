/** One statement with what the HTTP interface lets a client say about it. */
export interface Statement {
  readonly sql: string;
  /** The rows of an INSERT whose statement names their format; they follow it over HTTP. */
  readonly data?: string;
  readonly database: string;
  /** Used where the statement has no FORMAT clause. */
  readonly defaultFormat: string;
  /** Settings of this statement alone. */
  readonly settings: Readonly<Record<string, string>>;
  /** Values for `{name:Type}`, in the tab-separated escaping in which they come over HTTP. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** ClickHouse as a library: runs statements one after another on data in a folder. */
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

/** An EngineError of ClickHouse's words, which name the code unless it is given. */
export function engineError(message: string, code?: number): EngineError {
  const told = code ?? Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002);
  const isWhole = message.startsWith('Code:');
  return new EngineError(isWhole ? message : `Code: ${told}. DB::Exception: ${message}`, told);
}

const asking =
  /^\s*(?:\/\*.*?\*\/\s*|--.*\n\s*)*\(?\s*(select|with|show|describe|desc|exists|explain)\b/is;

/** True for a statement that answers rows and changes nothing. */
export function answersRows(sql: string): boolean {
  return asking.test(sql);
}

/** The statements that make a session's settings and parameters those of a statement. */
export function settingStatements({ settings, parameters, database }: Statement): string[] {
  return [
    `USE ${identifier(database)}`,
    ...Object.entries(settings).map(([name, value]) => setStatement(name, value)),
    ...Object.entries(parameters).map(([name, value]) => setStatement(`param_${name}`, value)),
  ];
}

/** The statements that undo what {@link settingStatements} set; parameters stay, as none is read unless it is given. */
export function resetStatements({ settings }: Statement): string[] {
  return Object.keys(settings).map((name) => `SET ${identifier(name)} = DEFAULT`);
}

function setStatement(name: string, value: string): string {
  return `SET ${identifier(name)} = ${literal(value)}`;
}

function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
