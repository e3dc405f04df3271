/**
 * A command that cannot do what was asked of it. Its message is for a person: it names the thing and says what to do.
 */

export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Could not be done. */
export const FAILED = 1;
/** Was asked for wrongly. */
export const WRONG_USAGE = 2;
/**
 * Standard output was a pipe that its reader closed before the end: what shells show for a program that SIGPIPE ended.
 */
export const PIPE_CLOSED = 141;
