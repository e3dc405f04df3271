/** `order put`: orders from a file, whole. */

import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { print, printError } from '@cert-order-status/client/cli';
import type { OrderRecord } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { readLines } from '../maintenance/import/lines.ts';
import { type LineContent, readLine } from '../maintenance/import/read-line.ts';
import { errorMessage, OperatorError } from '../operator-error.ts';
import { putOrder } from '../orders/change-request.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import { describeBrokenRules } from '../orders/rules.ts';
import { commandLineAuthor } from './command-line-author.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { addForce, exemptionOf, type ForceOptions } from './force-option.ts';
import { isStandardInput } from './standard-stream.ts';

const DETAILS = `
The file holds one order as JSON, over any number of lines, or several, one a line. If one of them is not an order,
nothing is written; one that a rule refuses does not affect the others (the exit code is 1). For many orders use import.`;

/** Makes the command. */
export function putCommand(): Command {
  const command = new Command('put')
    .description('create orders, or replace them whole')
    .argument('<FILE>', 'the file, or - for standard input')
    .addHelpText('after', DETAILS)
    .action(async (file: string, options: ForceOptions, self: Command) => {
      const exemption = exemptionOf(options);
      const records = await recordsOf(file);
      const requests = records.map((record) => putOrder(record));
      const outcomes = await withStore(self, 'write', ({ orders: orderStore }) =>
        orderStore.change(requests, commandLineAuthor(), { exemption }),
      );
      for (const [index, outcome] of outcomes.entries()) {
        const name = `order ${records[index]?.orderNumber}`;
        if (outcome.kind === 'refused') {
          printError(`${name} was refused: ${describeRefusal(outcome.refusal)}`);
          process.exitCode = 1;
        } else {
          const verb = outcome.kind === 'unchanged' ? 'is as it was' : `was ${outcome.kind}`;
          print(`${name} ${verb} (version ${outcome.order.version})`);
          if (outcome.adjustments.length > 0) {
            printError(`${name} differs from the file: ${describeBrokenRules(outcome.adjustments)}`);
          }
        }
      }
    });
  return addDatabaseOption(addForce(command));
}

async function recordsOf(file: string): Promise<OrderRecord[]> {
  const bytes = await bytesOf(file);
  const whole = readLine({ number: 1, bytes, position: bytes.length });
  if (whole !== undefined && 'record' in whole) return [whole.record];
  const records: OrderRecord[] = [];
  const problems: string[] = [];
  let jsonLines = 0;
  for await (const line of readLines(Readable.from([bytes]))) {
    const content: LineContent = readLine(line);
    if (content === undefined) continue;
    if ('record' in content || content.isJson) jsonLines++;
    if ('record' in content) records.push(content.record);
    else problems.push(`line ${line.number}: ${content.problem}`);
  }
  if (whole === undefined) throw new OperatorError(`there is no order in ${file}`);
  if (problems.length === 0) return records;
  // Of a file that is one JSON value, lines mean nothing.
  const isOne = whole.isJson && (jsonLines === 0 || problems.length + records.length === 1);
  throw new OperatorError(
    `nothing was written; in ${file}, ${isOne ? `the order ${whole.problem}` : problems.join('; ')}`,
  );
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return isStandardInput(file) ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new OperatorError(`cannot read ${file}: ${errorMessage(error)}`);
  }
}
