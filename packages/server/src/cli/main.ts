/** The `cert-order-status` command. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { OperatorError, WrongUsage } from '../operator-error.ts';
import { sizeThreadPool } from '../service.ts';
import { accountCommand } from './account.ts';
import { demoCommand } from './demo.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { orderCommand } from './order.ts';
import { serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';

const COMMANDS = [
  demoCommand,
  serveCommand,
  accountCommand,
  tokenCommand,
  orderCommand,
  importCommand,
  exportCommand,
];

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command; the process's exit code says how it went: 0 done, 1 failed, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<void> {
  sizeThreadPool();
  // Whoever reads our output may stop reading, as head does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(DONE);
    throw error;
  });
  try {
    await program().parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const command = new Command('cert-order-status')
    .description(
      'The service behind the GetDetailedOrderStatus API: an order book, and the API in front of it.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      "\nBegin with 'cert-order-status demo': a server to try, with orders in every state.",
    );
  for (const make of COMMANDS) {
    command.addCommand(make());
  }
  forEachCommand(command, (each) => {
    each.exitOverride().configureOutput({ outputError: (text, write) => write(oneLine(text)) });
    if (each !== command) each.helpOption('-h, --help', 'print this help');
  });
  return command;
}

function forEachCommand(command: Command, act: (each: Command) => void): void {
  act(command);
  for (const sub of command.commands) forEachCommand(sub, act);
}

/** Commander's `error: …`, with its suggestion on the same line. */
function oneLine(text: string): string {
  return `cert-order-status: ${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')}\n`;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
  if (error instanceof WrongUsage) {
    for (const problem of error.problems) console.error(`cert-order-status: ${problem}`);
    return WRONG_USAGE;
  }
  if (error instanceof OperatorError) {
    console.error(`cert-order-status: ${error.message}`);
    return FAILED;
  }
  if ((error as NodeJS.ErrnoException)?.code === 'ERR_SQLITE_ERROR') {
    // A full disk, for example; what was not committed is not in the book.
    console.error(`cert-order-status: the database failed: ${(error as Error).message}`);
    return FAILED;
  }
  console.error('cert-order-status: a defect of the program, please report it:', error);
  return FAILED;
}
