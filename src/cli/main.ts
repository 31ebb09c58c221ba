#!/usr/bin/env node
import { checkNode } from './check-node.ts';

checkNode();
const { exporterProgram } = await import('./program.ts');
const { runCommandLine } = await import('./run-command-line.ts');
await runCommandLine(exporterProgram({ environment: process.env, random: Math.random }));
