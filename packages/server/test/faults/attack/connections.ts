/** Attacks by what a connection does, or does not do. */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Attack, address, hold, open, requestBytes } from './attack.ts';

const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';

/** Does something every second while the connection lasts. */
function everySecond(socket: Socket, act: () => void): void {
  const timer = setInterval(act, 1000);
  socket.once('close', () => clearInterval(timer));
}

/** Up to the limit of requests that may wait, and beyond it; the responses, of 600 kB each, are never read. */
export const unreadPipelines: Attack = (target, signal) => {
  const request = requestBytes(`POST ${target.statusPath}`, [FORM_TYPE], target.largeRequest);
  return hold(
    { count: 24, perSecond: 4, seconds: 10 },
    (index) => {
      const socket = open(target.port, address(1, index % 4)).pause();
      socket.write(request.repeat(index % 4 === 0 ? 200 : 63));
      return socket;
    },
    signal,
  );
};

/** A large response, of which a kilobyte is read a second. */
export const slowReaders: Attack = (target, signal) => {
  const request = requestBytes(`POST ${target.statusPath}`, [FORM_TYPE], target.largeRequest);
  return hold(
    { count: 24, perSecond: 4, seconds: 10 },
    (index) => {
      const socket = open(target.port, address(2, index % 4)).pause();
      socket.write(request);
      everySecond(socket, () => socket.read(1024));
      return socket;
    },
    signal,
  );
};

/** A header that goes on, a byte a second. */
export const halfHeaders: Attack = ({ port, statusPath }, signal) =>
  hold(
    { count: 60, perSecond: 10 },
    (index) => {
      const socket = open(port, address(3, index % 4)).resume();
      socket.write(`POST ${statusPath} HTTP/1.1\r\nHost: localhost\r\nX-A: `);
      everySecond(socket, () => socket.write('a'));
      return socket;
    },
    signal,
  );

/** A body that goes on, a byte a second. */
export const halfBodies: Attack = ({ port, statusPath }, signal) =>
  hold(
    { count: 60, perSecond: 10 },
    (index) => {
      const socket = open(port, address(4, index % 4)).resume();
      socket.write(requestBytes(`POST ${statusPath}`, [FORM_TYPE, 'Content-Length: 10000']));
      everySecond(socket, () => socket.write('a'));
      return socket;
    },
    signal,
  );

/**
 * More connections than one address may have, and together more than the service takes, that say nothing after their
 * handshake.
 */
export const idleConnections: Attack = ({ port }, signal) =>
  hold(
    { count: 900, perSecond: 80 },
    (index) => open(port, address(5, index % 2 === 0 ? 0 : index % 8)).resume(),
    signal,
  );

/** Connections that do not even begin a handshake. */
export const silentConnections: Attack = ({ port }, signal) =>
  hold({ count: 100, perSecond: 40 }, (index) => open(port, address(6, index % 4), 'plain').resume(), signal);

/** Handshakes for nothing: whole ones, ones that stop in the middle, and such as are none. */
export const handshakes: Attack = ({ port }, signal) => {
  const beginning = Buffer.concat([Buffer.from('16030102000100', 'hex'), randomBytes(200)]);
  return hold(
    { count: 60, perSecond: 30 },
    (index) => {
      const from = address(7, index % 4);
      if (index % 3 === 0) {
        const socket = open(port, from);
        return socket.once('secureConnect', () => socket.destroy());
      }
      const socket = open(port, from, 'plain').resume();
      socket.write(index % 3 === 1 ? beginning.subarray(0, 100) : beginning);
      return socket;
    },
    signal,
  );
};
