/** `order …`: looking at orders, and changing them. */

import { Command } from 'commander';
import { historyCommand } from './order-history.ts';
import { listCommand } from './order-list.ts';
import { putCommand } from './order-put.ts';
import { setCommand } from './order-set.ts';
import { showCommand } from './order-show.ts';

/** Makes the command. */
export function orderCommand(): Command {
  return new Command('order')
    .description('show, list and change orders, and show their history')
    .addCommand(showCommand())
    .addCommand(listCommand())
    .addCommand(putCommand())
    .addCommand(setCommand())
    .addCommand(historyCommand());
}
