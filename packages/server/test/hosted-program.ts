/** The process of a {@link CommandHost}: it runs the commands that come as messages, and ends with its parent. */

import { Console } from 'node:console';
import { Readable, Writable } from 'node:stream';
import type { HostedCommand, HostResponse } from './command-host.ts';

const LIMIT_MS = 60_000;

const [, , module = ''] = process.argv;
const { main }: { main(args: readonly string[]): Promise<void> } = await import(module);

process.on('message', async (command: HostedCommand) => {
  const stdout = new Captured();
  const stderr = new Captured();
  const limit = setTimeout(() => {
    const printed = `standard output: ${stdout.text()}\nstandard error: ${stderr.text()}`;
    respond({ failure: `has not ended within ${LIMIT_MS} ms; until then it printed\n${printed}` });
  }, LIMIT_MS);
  give({ ...command, stdout, stderr });
  await main(command.args);
  clearTimeout(limit);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = 0;
  respond({ ended: { code, stdout: stdout.text(), stderr: stderr.text() } });
});
process.once('disconnect', () => process.exit());

/** What is written, in memory. */
class Captured extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

/** Puts a command's environment and streams in the place of the process's own. */
function give({ env, input, stdout, stderr }: HostedCommand & { stdout: Captured; stderr: Captured }): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  const stdin = Readable.from(input.length > 0 ? [Buffer.from(input)] : [], { objectMode: false });
  for (const [name, value] of Object.entries({ stdin, stdout, stderr })) {
    Object.defineProperty(process, name, { value, configurable: true });
  }
  globalThis.console = new Console({ stdout, stderr });
  process.exitCode = undefined;
}

function respond(response: HostResponse): void {
  process.send?.(response);
}
