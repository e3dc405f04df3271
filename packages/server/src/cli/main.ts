/** The `cert-order-status` command. */

import { readFileSync } from 'node:fs';
import {
  changesCommand,
  conformanceCommand,
  type Failure,
  listenCommand,
  runProgram,
  statusCommand,
  watchCommand,
} from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { AdminError } from '../accounts/admin-error.ts';
import { sizeThreadPool } from '../accounts/thread-pool.ts';
import { OperatorError, WrongUsage } from '../operator-error.ts';
import { adviceOn, isSqliteFailure } from '../store/sqlite/error-advice.ts';

/**
 * The commands in the order of the help text. Only the one that runs is loaded: that takes half the time of all of
 * them.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['demo', async () => (await import('./demo.ts')).demoCommand()],
  ['serve', async () => (await import('./serve.ts')).serveCommand()],
  ['account', async () => (await import('./account.ts')).accountCommand()],
  ['token', async () => (await import('./token.ts')).tokenCommand()],
  ['audit', async () => (await import('./audit.ts')).auditCommand()],
  ['webhook', async () => (await import('./webhook.ts')).webhookCommand()],
  ['upstream', async () => (await import('./upstream.ts')).upstreamCommand()],
  ['order', async () => (await import('./order.ts')).orderCommand()],
  ['import', async () => (await import('./import.ts')).importCommand()],
  ['export', async () => (await import('./export.ts')).exportCommand()],
  ['backup', async () => (await import('./backup.ts')).backupCommand()],
  ['restore', async () => (await import('./backup.ts')).restoreCommand()],
  ['verify', async () => (await import('./verify.ts')).verifyCommand()],
  ['epoch', async () => (await import('./epoch.ts')).epochCommand()],
  ['secret-key', async () => (await import('./secret-key.ts')).secretKeyCommand()],
  ['prune', async () => (await import('./prune.ts')).pruneCommand()],
  ['status', statusCommand],
  ['watch', watchCommand],
  ['changes', changesCommand],
  ['listen', listenCommand],
  ['conformance', conformanceCommand],
]);
/** The program starts these itself; no help text names them. */
const HIDDEN_COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['worker', async () => (await import('./worker.ts')).workerCommand()],
  ['jobs', async () => (await import('./jobs.ts')).jobsCommand()],
]);

/** They are answered without a command. */
const OWN_OPTIONS = ['-V', '--version'];

const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs one command; the process's exit code says how it went: 0 done, 1 failed, 2 wrong usage, or the command's own.
 */
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
  for (const load of commandsFor(argv[0])) program.addCommand(await load());
  await runProgram(program, argv, describe);
}

/** The command that is named; none for the version; all of them for help, and when there is none of that name. */
function commandsFor(name: string | undefined): Iterable<() => Promise<Command>> {
  if (OWN_OPTIONS.includes(name ?? '')) return [];
  const named = COMMANDS.get(name ?? '') ?? HIDDEN_COMMANDS.get(name ?? '');
  return named === undefined ? COMMANDS.values() : [named];
}

function describe(error: unknown): Failure | undefined {
  if (error instanceof WrongUsage) return { exitCode: WRONG_USAGE, lines: error.problems };
  if (error instanceof OperatorError) return { exitCode: FAILED, lines: [error.message] };
  if (error instanceof AdminError) return describeAdminError(error);
  if (isSqliteFailure(error)) {
    const advice = adviceOn(error);
    return { exitCode: FAILED, lines: [`the database failed: ${error.message}${advice && `: ${advice}`}`] };
  }
  return undefined;
}

/** Errors of use cases that the management API and the console have, too, in terms of this command line. */
function describeAdminError({ kind, field, problem, message }: AdminError): Failure {
  if (kind === 'invalid') {
    return { exitCode: WRONG_USAGE, lines: [field === 'expires' ? `--expires ${problem}` : message] };
  }
  const advice = kind === 'already-exists' && field === 'loginName';
  return {
    exitCode: FAILED,
    lines: [advice ? `${message}; 'account passwd' changes its password` : message],
  };
}
