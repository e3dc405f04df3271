/** Prompts at the terminal; on standard error, so that standard output holds only the result. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks for a line. Undefined when the person gives up with Ctrl+C. */
export async function ask(question: string): Promise<string | undefined> {
  return read(question, process.stderr);
}

/** Asks for a line that must not be seen, such as a password. Undefined when the person gives up with Ctrl+C. */
export async function askSilently(question: string): Promise<string | undefined> {
  const line = await read(question, new Writable({ write: (_chunk, _encoding, done) => done() }));
  process.stderr.write('\n');
  return line;
}

/** Reads a line; `echo` is where the terminal shows what is typed. */
async function read(question: string, echo: NodeJS.WritableStream): Promise<string | undefined> {
  // Opened before anything is asked: from now on the terminal itself echoes nothing.
  const terminal = createInterface({ input: process.stdin, output: echo, terminal: true });
  const abort = new AbortController();
  terminal.once('SIGINT', () => abort.abort());
  if (echo !== process.stderr) process.stderr.write(question);
  try {
    return await terminal.question(echo === process.stderr ? question : '', { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    return undefined;
  } finally {
    terminal.close();
  }
}
