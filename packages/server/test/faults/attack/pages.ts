/** Attacks by what pages cost. */

import { type Attack, address, exchange, hold, open, repeat, requestBytes } from './attack.ts';

/** Open pages of the large order that are never read, all on one share link. */
export const unreadSharedStreams: Attack = ({ port, pages: { shared } }, signal) =>
  hold(
    { count: 40, perSecond: 8, seconds: 10 },
    (index) => {
      const socket = open(port, address(10, index % 4)).pause();
      socket.write(requestBytes(`GET ${shared.path}/events`, [`Cookie: ${shared.cookie}`]));
      return socket;
    },
    signal,
  );

/** The same as the account itself. */
export const unreadStreams: Attack = ({ port, pages: { account } }, signal) =>
  hold(
    { count: 40, perSecond: 8, seconds: 10 },
    (index) => {
      const socket = open(port, address(11, index % 4)).pause();
      socket.write(requestBytes(`GET ${account.path}/events`, [`Cookie: ${account.cookie}`]));
      return socket;
    },
    signal,
  );

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
