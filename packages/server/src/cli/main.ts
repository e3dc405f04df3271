/** The `cert-order-status` command. */

import { readFileSync } from 'node:fs';
import { type Failure, runProgram, statusCommand, watchCommand } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { sizeThreadPool } from '../accounts/thread-pool.ts';
import { OperatorError, WrongUsage } from '../operator-error.ts';
import { adviceOn, isSqliteFailure } from '../store/sqlite/error-advice.ts';
import { accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { demoCommand } from './demo.ts';
import { epochCommand } from './epoch.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { orderCommand } from './order.ts';
import { pruneCommand } from './prune.ts';
import { serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';
import { verifyCommand } from './verify.ts';
import { workerCommand } from './worker.ts';

const COMMANDS = [
  demoCommand,
  serveCommand,
  accountCommand,
  tokenCommand,
  auditCommand,
  orderCommand,
  importCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
  verifyCommand,
  epochCommand,
  pruneCommand,
  statusCommand,
  watchCommand,
];

const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command; the process's exit code says how it went: 0 done, 1 failed, 2 wrong usage, or the command's own. */
export async function main(argv: readonly string[]): Promise<void> {
  sizeThreadPool();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('cert-order-status')
    .description(
      'The service behind the GetDetailedOrderStatus API: an order database, and the API in front of it.',
    )
    .version(version, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      "\nBegin with 'cert-order-status demo': a server to try, with orders in every state.",
    );
  for (const make of COMMANDS) program.addCommand(make());
  program.addCommand(workerCommand(), { hidden: true });
  await runProgram(program, argv, describe);
}

function describe(error: unknown): Failure | undefined {
  if (error instanceof WrongUsage) return { exitCode: WRONG_USAGE, lines: error.problems };
  if (error instanceof OperatorError) return { exitCode: FAILED, lines: [error.message] };
  if (isSqliteFailure(error)) {
    const advice = adviceOn(error);
    return { exitCode: FAILED, lines: [`the database failed: ${error.message}${advice && `: ${advice}`}`] };
  }
  return undefined;
}
