/** Attacks by guessing. */

import { type Attack, address, exchange, repeat, requestBytes } from './attack.ts';

/**
 * Wrong passwords of the rightful callers' account, and of accounts that do not exist, from fifty addresses, on the API
 * and the pages.
 */
export const wrongPasswords: Attack = ({ port, statusPath, loginName }, signal) =>
  repeat(
    20,
    (index) => {
      const login = {
        loginName: index % 4 === 3 ? `guess-${index}` : loginName,
        loginPassword: `wrong-${index}`,
      };
      const [path, more] =
        index % 5 === 4 ? ['/sign-in', {}] : [statusPath, { orderNumber: '1', queryType: '0' }];
      const form = new URLSearchParams({ ...login, ...more }).toString();
      const headers = [
        'Content-Type: application/x-www-form-urlencoded',
        'Sec-Fetch-Site: same-origin',
        'Connection: close',
      ];
      return exchange(port, address(20, index % 50), requestBytes(`POST ${path}`, headers, form));
    },
    signal,
  );
