/** The first version of Node that has all that the program uses; the same as in package.json. */
const NODE_MIN = [24, 5] as const;

/**
 * Ends the process with a sentence if Node is too old. An entry point calls it before it imports anything else: an older
 * Node would end with the stack trace of the first part that it lacks.
 */
export function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  process.stderr.write(
    `deepflow-kafka-exporter needs Node ${NODE_MIN.join('.')} or later, but this is Node ${process.versions.node}: install a newer Node\n`,
  );
  process.exit(1);
}
