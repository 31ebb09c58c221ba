#!/usr/bin/env node
import { checkNode } from './process/check-node.ts';

// kubectl runs a program of this name for `kubectl kfx`:
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/

checkNode();
const { pluginProgram } = await import('./program.ts');
const { runCommandLine } = await import('./process/run-command-line.ts');
await runCommandLine(pluginProgram({ environment: process.env, random: Math.random }));
