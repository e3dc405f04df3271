/** `status`: how an order stands now. */

import type { QueryType } from '@cert-order-status/protocol';
import { Command, Option } from 'commander';
import { OrderStatusError } from '../errors.ts';
import type { OrderStatusQuery } from '../query.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { describeFailure } from './describe-failure.ts';
import { describeStatus, reportOf } from './describe-status.ts';
import { certificateIDOf, orderNumberOf } from './numbers.ts';
import { jsonLine, print } from './output.ts';
import { addService, clientOf } from './service-options.ts';
import { styleOf } from './style.ts';

const QUERY_TYPES = ['0', '1', '2'] as const;

interface StatusOptions {
  readonly certificate?: string;
  readonly queryType: (typeof QUERY_TYPES)[number];
  readonly validity?: true;
  readonly json?: true;
}

/** Makes the command. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('show how an order stands: its certificates, their checks, and what they wait for')
    .argument('[NUMBER]', 'order number', orderNumberOf)
    .option(
      '--certificate <ID>',
      'only this certificate; without NUMBER, whichever order holds it',
      certificateIDOf,
    )
    .addOption(
      new Option('--query-type <TYPE>', '0 status only, 1 with the checks, 2 also the orders that replace it')
        .choices(QUERY_TYPES)
        .default('1'),
    )
    .option('--validity', 'also from when to when certificates are valid; services of revision 1.2 refuse it')
    .option('--json', 'as JSON: the response, and what it means')
    .action(async (orderNumber: string | undefined, options: StatusOptions, self: Command) => {
      const { certificate, queryType, validity, json } = options;
      const query = {
        ...numbersOf(orderNumber, certificate),
        queryType: Number(queryType) as QueryType,
        showValidityPeriod: validity,
      };
      const client = await clientOf(self.opts());
      const status = await client.getDetailedOrderStatus(query).catch((error: unknown) => {
        if (!(error instanceof OrderStatusError)) throw error;
        throw new CommandFailure(describeFailure(error), FAILED);
      });
      print(json ? jsonLine(reportOf(status)) : describeStatus(status, styleOf(process.stdout)));
    });
  return addService(command);
}

function numbersOf(orderNumber: string | undefined, certificateID: string | undefined): OrderStatusQuery {
  if (orderNumber !== undefined) return { orderNumber, certificateID };
  if (certificateID !== undefined) return { certificateID };
  throw new CommandFailure('which order? Give its NUMBER, or --certificate ID', WRONG_USAGE);
}
