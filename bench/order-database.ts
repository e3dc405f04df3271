/** The orders of the benchmark: each is a function of its number, so that any response can be checked. */

import { argon2Sync, randomBytes } from 'node:crypto';
import {
  encodeDetailedOrderStatus,
  formatOrderDateTime,
  type OrderRecord,
  parseDateTime,
} from '@cert-order-status/protocol';
import { putOrder } from '../packages/server/src/orders/change-request.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';

/** How large the order databases are. */
export interface DatabaseSize {
  readonly orders: number;
  readonly accounts: number;
}

/** Every account's. */
export const PASSWORD = 'correct horse battery';
const FIRST_NUMBER = 10_000_000;
const ORDERED = '2026-06-11T11:57:00Z';
const BATCH = 1000;

function loginName(account: number): string {
  return `account-${account}`;
}

/**
 * Order number `index`, from 0.
 *
 * @param isChanged whether it has changed since it was placed.
 */
export function orderAt(index: number, { accounts }: DatabaseSize, isChanged = false): OrderRecord {
  return {
    account: loginName(index % accounts),
    orderNumber: String(FIRST_NUMBER + index),
    orderDateTime: ORDERED,
    orderStatus: 'Pending',
    certificates: [
      {
        certificateID: String(FIRST_NUMBER + index),
        objectType: 'SSL',
        FQDN: `host-${index}.example.com`,
        certificateStatus: 'Awaiting Validation',
        csrStatus: 'completed',
        dcvStatus: 'in-progress',
        ovCallBackStatus: 'not-required',
        organizationValidationStatus: 'not-required',
        freeDVUPStatus: 'not-required',
        evClickThroughStatus: 'not-required',
        caaStatus: isChanged ? 'completed' : 'not-completed',
      },
    ],
  };
}

/** The form of a request for an order. */
export function requestFor(index: number, size: DatabaseSize, loginPassword = PASSWORD): string {
  const { account, orderNumber } = orderAt(index, size);
  return new URLSearchParams({
    loginName: account,
    loginPassword,
    orderNumber,
    queryType: '1',
  }).toString();
}

/** The response that it must get. */
export function responseFor(index: number, size: DatabaseSize, isChanged = false): string {
  const { account: _, orderDateTime, certificates, ...order } = orderAt(index, size, isChanged);
  const shown = certificates.map(
    ({ certificateID: _, notBefore: __, notAfter: ___, ...certificate }) => certificate,
  );
  const when = formatOrderDateTime(parseDateTime(orderDateTime ?? '') ?? 0);
  return encodeDetailedOrderStatus(
    { orders: [{ ...order, orderDateTime: when, certificates: shown }] },
    'flat',
  );
}

/** Fills an empty database; all accounts have the password's hash that is given, or one that is checked at once. */
export async function fillDatabase(
  database: string,
  size: DatabaseSize,
  onProgress: (done: number) => void,
  hash = cheapHash(),
): Promise<void> {
  const store = await openStore(database, 'write');
  for (let account = 0; account < size.accounts; account++)
    await store.accounts.add(loginName(account), hash);
  for (let start = 0; start < size.orders; start += BATCH) {
    const count = Math.min(BATCH, size.orders - start);
    const requests = Array.from({ length: count }, (_, offset) => putOrder(orderAt(start + offset, size)));
    await store.orders.change(requests, { kind: 'command line', name: 'bench' });
    onProgress(start + count);
  }
  await store.close();
}

/**
 * As little work as argon2id can be, so that all accounts can be logged in before the rounds; then no password is
 * hashed.
 */
function cheapHash(): string {
  const nonce = randomBytes(16);
  const cost = { memory: 8, passes: 1, parallelism: 1 };
  const hash = argon2Sync('argon2id', { ...cost, message: PASSWORD, nonce, tagLength: 32 });
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=8,t=1,p=1$${base64(nonce)}$${base64(hash)}`;
}
