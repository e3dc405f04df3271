/** `order set`: some fields of an order or of a certificate. */

import { certificateIDOf, orderNumberOf, print } from '@cert-order-status/client/cli';
import {
  CERTIFICATE_FIELDS,
  count,
  describeProblems,
  type JsonResult,
  ORDER_FIELDS,
  type OrderRecord,
  parseJson,
} from '@cert-order-status/protocol';
import { Command, InvalidArgumentError } from 'commander';
import { OperatorError, WrongUsage } from '../operator-error.ts';
import { type OrderPatch, patchOrder } from '../orders/change-request.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import { commandLineAuthor } from './command-line-author.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { addForce, exemptionOf, type ForceOptions } from './force-option.ts';

const DETAILS = `
Fields of the order: ${ORDER_FIELDS.filter(isSettable).join(', ')}.
Fields of a certificate: ${CERTIFICATE_FIELDS.filter(isSettable).join(', ')}.
All of them are set in one change. An empty value removes a field; suggestedOrgDetails is JSON.

  order set 7250060 dcvStatus=completed
  order set 7250060 certificateStatus=Issued serialNumber=0A12 orderStatus=Completed
  order set 7250060 --certificate 5550001 certificateStatus=Revoked certificateStatusReason='Key compromise'
  order set 7250060 --certificate-number 2 certificateID=5550002`;

/** Makes the command. */
export function setCommand(): Command {
  const command = new Command('set')
    .description('change fields of an order and of one of its certificates')
    .argument('<NUMBER>', 'order number')
    .argument('<FIELD=VALUE...>', 'what to set')
    .option('--certificate <ID>', 'which certificate; not needed when the order has only one')
    .option(
      '--certificate-number <Y>',
      'which certificate, by its number within the order',
      certificateNumberOf,
    )
    .addHelpText('after', DETAILS)
    .action(async (given: string, assignments: string[], options: SetOptions, self: Command) => {
      const orderNumber = orderNumberOf(given);
      const exemption = exemptionOf(options);
      const fields = fieldsOf(assignments);
      await withStore(self, 'write', async ({ orders }) => {
        const which = await certificateOf(
          options,
          async () => (await orders.get(orderNumber))?.record,
          fields,
        );
        const patch: OrderPatch = {
          order: fields.order,
          certificates: typeof which === 'string' ? new Map([[which, fields.certificate]]) : undefined,
          certificatesByNumber:
            typeof which === 'number' ? new Map([[which, fields.certificate]]) : undefined,
        };
        const [outcome] = await orders.change([patchOrder(orderNumber, patch)], commandLineAuthor(), {
          exemption,
        });
        if (outcome === undefined) throw new Error('a change has no outcome');
        if (outcome.kind === 'refused') throw new OperatorError(describeRefusal(outcome.refusal));
        const verb = outcome.kind === 'unchanged' ? 'is as it was' : 'was changed';
        print(`order ${orderNumber} ${verb} (version ${outcome.order.version})`);
      });
    });
  return addDatabaseOption(addForce(command));
}

type SetOptions = ForceOptions & { readonly certificate?: string; readonly certificateNumber?: number };

interface Fields {
  readonly order: Readonly<Record<string, unknown>>;
  readonly certificate: Readonly<Record<string, unknown>>;
}

function fieldsOf(assignments: readonly string[]): Fields {
  const order: Record<string, unknown> = {};
  const certificate: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    const name = assignment.slice(0, Math.max(at, 0));
    const setting = settingOf(name, assignment.slice(at + 1));
    const value = setting.ok ? setting.value : undefined;
    if (at < 1) problems.push(`'${assignment}' is not FIELD=VALUE`);
    else if (name in order || name in certificate) problems.push(`${name} is set more than once`);
    else if (isOf(ORDER_FIELDS, name)) order[name] = value;
    else if (isOf(CERTIFICATE_FIELDS, name)) certificate[name] = value;
    else problems.push(`'${name}' is no field that can be set; see order set --help`);
    if (!setting.ok) problems.push(`the value of ${name} is wrong: ${describeProblems([setting.problem])}`);
  }
  if (problems.length > 0) throw new WrongUsage(problems);
  return { order, certificate };
}

/** An empty value is a null of the merge patch, which takes the field away. */
function settingOf(name: string, text: string): JsonResult {
  if (text === '') return { ok: true, value: null };
  return name === 'suggestedOrgDetails' ? parseJson(text) : { ok: true, value: text };
}

function isOf(fields: readonly string[], name: string): boolean {
  return isSettable(name) && fields.includes(name);
}

/** What says which order and which certificate are meant is not to be changed; an account never changes. */
function isSettable(field: string): boolean {
  return !['account', 'orderNumber', 'certificates'].includes(field);
}

/** The ID of the certificate that is meant, or its number; undefined when none is. */
async function certificateOf(
  { certificate, certificateNumber }: SetOptions,
  read: () => Promise<OrderRecord | undefined>,
  fields: Fields,
): Promise<string | number | undefined> {
  if (certificate !== undefined && certificateNumber !== undefined) {
    throw new WrongUsage([
      '--certificate and --certificate-number both say which certificate; give one of them',
    ]);
  }
  if (certificate !== undefined) return certificateIDOf(certificate);
  if (certificateNumber !== undefined) return certificateNumber;
  if (Object.keys(fields.certificate).length === 0) return undefined;
  const certificates = (await read())?.certificates ?? [];
  if (certificates.length <= 1) return certificates.length;
  const names = certificates.map(({ certificateID }, index) => certificateID ?? `number ${index + 1}`);
  const shown = names.length > 10 ? `${names.slice(0, 10).join(', ')}, …` : names.join(', ');
  const option = certificates.every(({ certificateID }) => certificateID !== undefined)
    ? '--certificate'
    : '--certificate or --certificate-number';
  throw new WrongUsage([
    `the order has ${count(names.length, 'certificate')}; name one with ${option}: ${shown}`,
  ]);
}

function certificateNumberOf(given: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
}
