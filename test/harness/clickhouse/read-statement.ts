import { answersRows, EngineError, type Statement } from './engine.ts';

/** URL parameters that are the HTTP interface's own, not settings of the engine. */
const reserved = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'session_check',
  'session_timezone',
  'quota_key',
  'role',
  'compress',
  'decompress',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'http_zlib_compression_level',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'readonly',
]);

/**
 * The statement of a request: the query in the URL, with the body after it as an INSERT's data, or the body alone.
 * Fails with an EngineError for a write under `readonly`.
 */
export function readStatement(url: URL, body: string): Statement {
  const query = url.searchParams.get('query') ?? '';
  const sql = query === '' ? body : query;
  const settings: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else if (!reserved.has(name)) settings[name] = value;
  }
  checkReadOnly(url.searchParams.get('readonly') ?? '0', sql);
  return {
    sql,
    ...(query !== '' && body !== '' && { data: body }),
    database: url.searchParams.get('database') ?? 'default',
    defaultFormat: url.searchParams.get('default_format') ?? 'TabSeparated',
    settings,
    parameters,
  };
}

/** The engine cannot leave `readonly` once it is set, so it is kept here instead. */
function checkReadOnly(readonly: string, sql: string): void {
  if (readonly === '0' || answersRows(sql)) return;
  throw new EngineError(
    'Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)',
    164,
  );
}
