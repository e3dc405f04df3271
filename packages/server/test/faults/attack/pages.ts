/** Attacks by what pages cost. */

import { type Attack, address, exchange, repeat, requestBytes } from './attack.ts';

/** The large order's page, for its account and in the console. */
export const largePages: Attack = ({ port, managementPort, pages: { account, console } }, signal) =>
  repeat(
    2,
    (index) => {
      const [at, page] = index % 2 === 0 ? [port, account] : [managementPort, console];
      const headers = [`Cookie: ${page.cookie}`, 'Connection: close'];
      return exchange(at, address(12, index), requestBytes(`GET ${page.path}`, headers));
    },
    signal,
  );
