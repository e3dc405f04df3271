import type { FailureRecord } from '../../accounts/failed-logins.ts';

/** What tells entries of one hour apart. */
export function failureKey({ loginName, address }: Pick<FailureRecord, 'loginName' | 'address'>): string {
  return JSON.stringify([loginName, address]);
}

/** An entry for what has none of its own. */
export function withoutNames(record: FailureRecord): FailureRecord {
  return { ...record, loginName: '', address: '' };
}
