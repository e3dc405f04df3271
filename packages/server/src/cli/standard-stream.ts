/** Names of standard input and output among files. Opened by name they fail where the stream is a socket. */

const INPUT = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];
const OUTPUT = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

/** Whether a file that is read stands for standard input. */
export function isStandardInput(file: string): boolean {
  return INPUT.includes(file);
}

/** Whether a file that is written stands for standard output. */
export function isStandardOutput(file: string): boolean {
  return OUTPUT.includes(file);
}
