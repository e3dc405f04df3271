/**
 * The `status` and `watch` commands for other programs to take in, and what command lines of this project share. Not
 * part of the library's promise: it changes with the programs.
 *
 * @module
 */

export { askSilently } from './ask.ts';
export { certificateIDOf, orderNumberOf } from './numbers.ts';
export { jsonLine, print, printError } from './output.ts';
export { type Failure, runProgram } from './run-program.ts';
export { statusCommand } from './status.ts';
export { table } from './table.ts';
export { watchCommand } from './watch.ts';
