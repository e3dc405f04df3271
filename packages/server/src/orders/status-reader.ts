/** The hot read. */

import type { DetailedOrderStatus, ServedRevision, StatusQuery } from '@cert-order-status/protocol';
import type { AccountState } from '../accounts/accounts.ts';

/** The hot read: the response to one status request, in one round trip to the database. */
export interface StatusReader {
  read(loginName: string, query: StatusQuery): Promise<StatusReading>;
}

/**
 * The account's state at the moment of the read, and the response; or that the order is followed for that account, and
 * its upstream has not answered yet; or which of the numbers asked for is not of that account (it does not exist, is
 * another account's, or the certificate is not in the order).
 */
export type StatusReading =
  | { readonly account: undefined }
  | {
      readonly account: AccountState;
      readonly status: DetailedOrderStatus;
      /** The lowest revision that has every field of it, so that a response need not look for those of later ones. */
      readonly revision: ServedRevision;
    }
  | { readonly account: AccountState; readonly notAnsweredYet: { readonly retryAfterSeconds: number } }
  | { readonly account: AccountState; readonly notOfAccount: 'orderNumber' | 'certificateID' };
