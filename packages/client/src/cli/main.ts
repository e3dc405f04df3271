/** The `order-status` command. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { changesCommand } from './changes.ts';
import { conformanceCommand } from './conformance.ts';
import { listenCommand } from './listen.ts';
import { runProgram } from './run-program.ts';
import { statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';

/** Runs one command; the process's exit code says how it went. */
export async function main(argv: readonly string[]): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('order-status')
    .description(
      'Is a certificate issued, and if not, what does it wait for? Asks a GetDetailedOrderStatus service.',
    )
    .version(version, '-V, --version', 'print the version')
    .addCommand(statusCommand())
    .addCommand(watchCommand())
    .addCommand(changesCommand())
    .addCommand(listenCommand())
    .addCommand(conformanceCommand());
  await runProgram(program, argv);
}
