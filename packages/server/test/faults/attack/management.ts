/** Attacks by the bodies and headers that the management API is sent. */

import { type Attack, address, exchange, hold, open, repeat, requestBytes } from './attack.ts';

const ORDER = '/v1/orders/4000001';

function sender(perSecond: number, network: number, bytes: (token: string) => string): Attack {
  return ({ managementPort, token }, signal) => {
    const made = bytes(token);
    return repeat(perSecond, (index) => exchange(managementPort, address(network, index), made), signal);
  };
}

function put(token: string, body: string, headers: readonly string[] = []): string {
  const all = [
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Connection: close',
    ...headers,
  ];
  return requestBytes(`PUT ${ORDER}`, all, body);
}

/** A header that an exponential expression would never have done with. */
export const entityTags = sender(4, 30, (token) => put(token, '{}', [`If-Match: "1"${' , '.repeat(200)}x`]));

/** Five megabytes in which everything is wrong. */
export const wrongCertificates = sender(0.5, 31, (token) =>
  put(token, `{"certificates":[${'0,'.repeat(2_500_000)}0]}`),
);

/** Names that stand twice, thousands of them. */
export const repeatedNames = sender(2, 32, (token) =>
  put(token, `{${Array.from({ length: 4000 }, (_, index) => `"n${index >> 1}":1`).join(',')}}`),
);

/** A megabyte of brackets. */
export const nestedArrays = sender(1, 33, (token) => put(token, `${'['.repeat(2 ** 20)}`));

/** Orders larger than any may be. */
export const oversizedOrders = sender(0.2, 34, (token) =>
  put(token, `{"account":"${'a'.repeat(24 * 2 ** 20)}"}`),
);

/** Bodies that go on, though the first bytes were refused for want of a token. */
export const endlessBodies: Attack = ({ managementPort }, signal) => {
  const piece = Buffer.alloc(64 * 1024, 'a');
  return hold(
    { count: 8, perSecond: 4 },
    (index) => {
      const socket = open(managementPort, address(35, index)).resume();
      socket.write(
        requestBytes(`PUT ${ORDER}`, ['Content-Type: application/json', 'Content-Length: 1000000000']),
      );
      const timer = setInterval(() => {
        if (socket.writableLength < piece.length) socket.write(piece);
      }, 50);
      return socket.once('close', () => clearInterval(timer));
    },
    signal,
  );
};
