/** Entries of the record of operators' logins, whichever engine keeps them. */

import { hourOf, withinLimit } from './audit-limit.ts';
import type { OperatorLogin } from './operator-logins.ts';

/** An hour of the record, as RFC 3339 from its beginning to before its end, and what is to be added to it. */
interface Hour {
  readonly from: string;
  readonly until: string;
  readonly logins: OperatorLogin[];
}

/** The hours that logins fall into. */
export function hoursOf(logins: readonly OperatorLogin[]): readonly Hour[] {
  const hours = new Map<string, Hour>();
  for (const login of logins) {
    const from = hourIn(login.at);
    let hour = hours.get(from);
    if (hour === undefined) {
      hour = { from, until: new Date(Date.parse(from) + 3_600_000).toISOString(), logins: [] };
      hours.set(from, hour);
    }
    hour.logins.push(login);
  }
  return [...hours.values()].sort((one, other) => (one.from < other.from ? -1 : 1));
}

/** What tells entries apart, but for how many times they stand. */
export type OperatorLoginKey = Omit<OperatorLogin, 'times'>;

/** The logins of an hour as they are to be added to its entries. */
export function loginsWithinLimit({ logins }: Hour, stored: readonly OperatorLoginKey[]): OperatorLogin[] {
  return withinLimit(logins, stored.map(operatorLoginKey), operatorLoginKey, shortened);
}

/** One text for all that are the same. */
export function operatorLoginKey({ at, surface, tokenName, address, succeeded }: OperatorLoginKey): string {
  return JSON.stringify([at, surface, tokenName, address, succeeded]);
}

/** A login without its moment and its address. */
export function shortened<Login extends OperatorLogin>(login: Login): Login {
  return { ...login, at: hourIn(login.at), address: '' };
}

function hourIn(time: string): string {
  return new Date(hourOf(Date.parse(time))).toISOString();
}
