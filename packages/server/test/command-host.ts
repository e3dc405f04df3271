/**
 * Runs commands to their end in one process that has loaded them: to start a process and to load them is most of what
 * a short command takes. One after the other, each with an environment, input and output of its own.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a command that has ended printed, and its exit code. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command for the process to run. */
export interface HostedCommand {
  readonly args: readonly string[];
  /** The whole of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: string | Uint8Array;
}

/** What the process sends when a command has ended, or will not. */
export type HostResponse = { readonly ended: Ended } | { readonly failure: string };

const PROGRAM = fileURLToPath(new URL('./hosted-program.ts', import.meta.url));

export class CommandHost {
  readonly #main: string;
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param main the module with the program's `main`. */
  constructor(main: URL) {
    this.#main = main.href;
  }

  /** @throws when the command ends the process, or does not end: such a command needs a process of its own. */
  run(command: HostedCommand): Promise<Ended> {
    const ended = this.#last.then(() => this.#runNext(command));
    this.#last = ended.catch(() => {});
    return ended;
  }

  async #runNext(command: HostedCommand): Promise<Ended> {
    this.#child ??= this.#start();
    const child = this.#child;
    child.ref();
    child.channel?.ref();
    const abort = new AbortController();
    const { signal } = abort;
    try {
      child.send(command);
      const [response]: HostResponse[] = await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(([code]) => [{ failure: `ended the process with ${code}` }]),
      ]);
      if (response !== undefined && 'ended' in response) return response.ended;
      child.kill('SIGKILL');
      this.#child = undefined;
      throw new Error(`the command '${command.args.join(' ')}' ${response?.failure}`);
    } finally {
      abort.abort();
      child.unref();
      child.channel?.unref();
    }
  }

  #start(): ChildProcess {
    return fork(PROGRAM, [this.#main], {
      execArgv: ['--conditions=@cert-order-status/source'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
}
