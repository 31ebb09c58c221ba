#!/usr/bin/env node

/** The first version of Node that has all that the program uses; the same as in package.json. */
const NODE_MIN = [24, 5] as const;

// Nothing is imported before: an older Node would end with the stack trace of its first missing part.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
  process.stderr.write(
    `deepflow-kafka-exporter needs Node ${NODE_MIN.join('.')} or later, but this is Node ${process.versions.node}: install a newer Node\n`,
  );
  process.exit(1);
}
const { runProgram } = await import('./program.ts');
await runProgram({ environment: process.env, random: Math.random });
