import { isCompiled } from '../harness/go-tools/go-tool.ts';
import { GO_TOOLS, type GoToolName } from '../harness/go-tools/go-tools.ts';
import { setting } from '../harness/settings.ts';

/**
 * Whether a suite can have its tools. With TEST_COMPILED_TOOLS_ONLY, as in `npm test`, a tool that is not compiled yet is
 * missing, because all of them together take half an hour, and a line says so. Otherwise `goTool` compiles it.
 */
export async function hasTools(...names: readonly GoToolName[]): Promise<boolean> {
  if (setting('TEST_COMPILED_TOOLS_ONLY') === undefined) return true;
  const compiled = await Promise.all(names.map(isCompiled));
  const missing = names.filter((_, index) => compiled[index] !== true);
  if (missing.length === 0) return true;
  const tools = missing.map((name) => `${name} ${GO_TOOLS[name].version}`).join(', ');
  process.stderr.write(
    `skipped, because not compiled yet: ${tools}. Compile and test: npm run test:gitops\n`,
  );
  return false;
}
