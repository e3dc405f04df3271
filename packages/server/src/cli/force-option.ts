import { REASON_LIMIT, textProblem } from '@cert-order-status/protocol';
import type { Command } from 'commander';
import { WrongUsage } from '../operator-error.ts';
import type { Exemption } from '../orders/rules.ts';

/** What {@link addForce} makes of an option. */
export interface ForceOptions {
  readonly force?: string;
}

/** Adds `--force`. */
export function addForce(command: Command): Command {
  return command.option(
    '--force <REASON>',
    'make a correction that the rules of change would refuse; the history holds the reason',
  );
}

/** What the option exempts from. */
export function exemptionOf({ force }: ForceOptions): Exemption | undefined {
  if (force === undefined) return undefined;
  const problem = textProblem(force, REASON_LIMIT);
  if (problem !== undefined) throw new WrongUsage([`the reason of --force ${problem}`]);
  return { kind: 'forced', reason: force };
}
