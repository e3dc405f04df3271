/** The address at the other end of a connection, or the one that a proxy has named in its place. */

import type { Socket } from 'node:net';

/** Where a socket has its address once it is known: it is asked for several times a request. */
const ADDRESS = Symbol('address');

type AddressedSocket = Socket & { [ADDRESS]?: string };

/** The address at the other end of a connection; empty when it is gone already. It is always the same. */
export function peerAddressOf(socket: AddressedSocket): string {
  const known = socket[ADDRESS];
  if (known !== undefined) return known;
  const accepted: AddressedSocket = acceptedSocketOf(socket);
  const address = accepted[ADDRESS] ?? plainAddress(socket.remoteAddress ?? '');
  // One that is gone already has none any more, and says so each time.
  if (address !== '') socket[ADDRESS] = address;
  return address;
}

/** From now on an accepted connection, and what is decrypted of it, is that of this address. */
export function setSourceAddress(socket: AddressedSocket, address: string): void {
  socket[ADDRESS] = plainAddress(address);
}

/** What a decrypted socket was accepted as. Node has no public name for it; a test is named after this. */
export function acceptedSocketOf(socket: Socket & { readonly _parent?: Socket }): Socket {
  return socket._parent ?? socket;
}

/** On a socket that speaks both, Node gives IPv4 addresses as `::ffff:192.0.2.7`; scopes do not matter here. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [withoutScope = ''] = address.split('%', 1);
  return withoutScope.replace(/^::ffff:([0-9.]+)$/i, '$1');
}
