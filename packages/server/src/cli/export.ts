/** `export`: every order of the database as NDJSON. */

import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { jsonLine, printError } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { errorMessage, OperatorError } from '../operator-error.ts';
import type { OrderStore } from '../orders/order-store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { Progress } from './progress.ts';
import { isStandardOutput } from './standard-stream.ts';

const DETAILS = `
The file is a consistent snapshot of the orders, even during writes. Imported into an
empty database with the same accounts and exported again, it is the same byte for
byte (use import --as-is for orders that were imported so). It contains no accounts,
tokens or history.`;

/** Makes the command. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('export every order to an NDJSON file, which import reads')
    .argument('[FILE]', 'the file; standard output if left out or -')
    .addHelpText('after', DETAILS)
    .action(async (file: string | undefined, _options: unknown, self: Command) => {
      const progress = new Progress();
      const exported = await withStore(self, 'read', ({ orders: orderStore }) =>
        file === undefined || isStandardOutput(file)
          ? writeOrders(orderStore, process.stdout, progress)
          : writeFileOf(file, orderStore, progress),
      );
      progress.clear();
      printError(`${count(exported, 'order')} exported`);
    });
  return addDatabaseOption(command);
}

/**
 * A regular file appears under its name only when it is whole; of a symbolic link, the file that it leads to is
 * replaced. A named pipe or a device is written to.
 */
async function writeFileOf(given: string, orderStore: OrderStore, progress: Progress): Promise<number> {
  const file = await realpath(given).catch(() => given);
  const existing = await stat(file).catch(() => undefined);
  if (existing !== undefined && !existing.isFile() && !existing.isDirectory()) {
    return writeOrders(orderStore, createWriteStream(file), progress).catch((error: Error) => {
      throw new OperatorError(`cannot write ${given}: ${errorMessage(error)}`, { cause: error });
    });
  }
  const partial = `${file}.partial-${process.pid}`;
  try {
    // Orders name people's organisations: the file is for its owner only.
    const exported = await writeOrders(
      orderStore,
      createWriteStream(partial, { mode: 0o600, flush: true }),
      progress,
    );
    await rename(partial, file);
    return exported;
  } catch (error) {
    await rm(partial, { force: true });
    throw new OperatorError(`cannot write ${given}: ${errorMessage(error)}`, { cause: error });
  }
}

async function writeOrders(orderStore: OrderStore, output: Writable, progress: Progress): Promise<number> {
  let done = 0;
  async function* lines() {
    for await (const record of orderStore.all()) {
      done++;
      progress.update('exporting', () => ({ fraction: undefined, text: count(done, 'order') }));
      yield `${jsonLine(record)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), output, { end: output !== process.stdout });
  return done;
}
