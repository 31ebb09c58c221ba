#!/usr/bin/env node
import { checkNode } from './process/check-node.ts';

checkNode();
const { exporterProgram } = await import('./program.ts');
const { runCommandLine } = await import('./process/run-command-line.ts');
await runCommandLine(exporterProgram({ environment: process.env, random: Math.random }));
