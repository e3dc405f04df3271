/** The address at the other end of a connection, or the one that a proxy has named in its place. */

import type { Socket } from 'node:net';

const addresses = new WeakMap<Socket, string>();

/**
 * The address at the other end of a connection; empty when it is gone already. It is always the same, and asked for
 * several times a request.
 */
export function peerAddressOf(socket: Socket): string {
  let address = addresses.get(socket);
  if (address === undefined) {
    address = addresses.get(acceptedSocketOf(socket)) ?? plainAddress(socket.remoteAddress ?? '');
    // One that is gone already has none any more, and says so each time.
    if (address !== '') addresses.set(socket, address);
  }
  return address;
}

/** From now on an accepted connection, and what is decrypted of it, is that of this address. */
export function setSourceAddress(socket: Socket, address: string): void {
  addresses.set(socket, plainAddress(address));
}

/** What a decrypted socket was accepted as. Node has no public name for it; a test is named after this. */
export function acceptedSocketOf(socket: Socket & { readonly _parent?: Socket }): Socket {
  return socket._parent ?? socket;
}

/** On a socket that speaks both, Node gives IPv4 addresses as `::ffff:192.0.2.7`; scopes do not matter here. */
export function plainAddress(address: string): string {
  const [withoutScope = ''] = address.split('%', 1);
  return withoutScope.replace(/^::ffff:([0-9.]+)$/i, '$1');
}
