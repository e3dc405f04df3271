/**
 * The commands `status`, `watch`, `changes`, `listen` and `conformance` for other programs to include, and what command
 * lines of this project share. Not part of the library's promise: it changes with the programs.
 *
 * @module
 */

import type { Command } from 'commander';

export { askSilently } from './ask.ts';
export { cutToWidth } from './display-width.ts';
export { parseDuration } from './duration.ts';
export { certificateIDOf, orderNumberOf } from './numbers.ts';
export { jsonLine, print, printError } from './output.ts';
export { type Failure, runProgram } from './run-program.ts';
export { table } from './table.ts';

/** The `status` command; it is loaded for those who run it. */
export async function statusCommand(): Promise<Command> {
  return (await import('./status.ts')).statusCommand();
}

/** The `watch` command, likewise. */
export async function watchCommand(): Promise<Command> {
  return (await import('./watch.ts')).watchCommand();
}

/** The `changes` command, likewise. */
export async function changesCommand(): Promise<Command> {
  return (await import('./changes.ts')).changesCommand();
}

/** The `listen` command, likewise. */
export async function listenCommand(): Promise<Command> {
  return (await import('./listen.ts')).listenCommand();
}

/** The `conformance` command, likewise. */
export async function conformanceCommand(): Promise<Command> {
  return (await import('./conformance.ts')).conformanceCommand();
}
