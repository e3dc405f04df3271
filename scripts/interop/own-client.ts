/** Our own client: the `order-status` command, as a process. */

import { fileURLToPath } from 'node:url';
import { LOGIN } from './orders.ts';
import { type Output, run } from './processes.ts';

const COMMAND = fileURLToPath(new URL('../../packages/client/bin/order-status.js', import.meta.url));

/** Runs `order-status status` with the account's login, or with another password. */
export function runOwnClient(
  baseUrl: string,
  root: string,
  args: readonly string[],
  loginPassword: string = LOGIN.loginPassword,
): Promise<Output> {
  return run({
    file: process.execPath,
    args: [COMMAND, 'status', ...args, '--base-url', baseUrl, '--login-name', LOGIN.loginName, '--ca', root],
    env: { CERT_ORDER_STATUS_LOGIN_PASSWORD: loginPassword, NO_COLOR: '1' },
  });
}
