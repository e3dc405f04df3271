/** TLS sessions, as clients keep them to begin their next connections with less. */

import { once } from 'node:events';
import { connect } from 'node:tls';

// With TLS 1.2 the handshake itself brings the session.
const OPTIONS = { host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;

/** Begins a session with the service at the port. */
export async function beginSession(port: number): Promise<Buffer> {
  const socket = connect({ ...OPTIONS, port });
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  return session;
}

/** Whether the service lets a new connection resume the session. */
export async function isResumed(port: number, session: Buffer): Promise<boolean> {
  const socket = connect({ ...OPTIONS, port, session });
  await once(socket, 'secureConnect');
  const isReused = socket.isSessionReused();
  socket.destroy();
  return isReused;
}
