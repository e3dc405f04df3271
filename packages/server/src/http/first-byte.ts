/** A connection's first byte tells TLS from plain HTTP, so that one port can answer both. */

import type { Socket } from 'node:net';

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/** How long a connection may stay silent before its first byte, in milliseconds. */
const FIRST_BYTE_TIMEOUT_MS = 10_000;

/** Waits for the first byte, leaves it in the socket, and hands the socket on. */
export function onFirstByte(socket: Socket, handOn: (socket: Socket, isTls: boolean) => void): void {
  const giveUp = () => socket.destroy();
  const look = () => {
    // All that has come, as TLS takes it in one piece then.
    const bytes: Buffer | null = socket.read();
    // Also emitted when the peer closes without having sent anything; 'close' follows.
    if (bytes === null) return;
    socket.off('readable', look).off('error', giveUp).off('timeout', giveUp).setTimeout(0);
    socket.unshift(bytes);
    handOn(socket, bytes[0] === TLS_HANDSHAKE);
  };
  socket.on('readable', look).on('error', giveUp).on('timeout', giveUp).setTimeout(FIRST_BYTE_TIMEOUT_MS);
}
