/** The `order-status` command as a process of its own. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CommandHost, type Ended } from '../../../server/test/command-host.ts';
import { temporaryFolder } from '../../../server/test/temporary-folder.ts';
import { LOGIN, type ScriptedService, TRUSTED } from '../scripted-service.ts';

export const COMMAND = fileURLToPath(new URL('../../bin/order-status.js', import.meta.url));

export type { Ended };

type Environment = Readonly<Record<string, string>>;

const host = new CommandHost(new URL('../../src/cli/main.ts', import.meta.url));
const seenAsProcess = new Set<string | undefined>();

/**
 * Runs the command, with none of the settings of whoever runs the tests, to its end: each command the first time as a
 * process of its own, further times beside others in one process.
 */
export function orderStatus(args: readonly string[], env: Environment = {}, input = ''): Promise<Ended> {
  const [command] = args;
  if (seenAsProcess.has(command)) return host.run({ args, input, env: { ...cleanEnvironment(), ...env } });
  seenAsProcess.add(command);
  return orderStatusProcess(args, env, input);
}

/** The same as a process of its own, beside which others can run. */
async function orderStatusProcess(
  args: readonly string[],
  env: Environment = {},
  input = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve) => child.once('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/**
 * The environment without settings of the program, of Node, of colours, and without a home. `CI` is
 * one of colours: Node takes it for the name of a log that shows none.
 */
export function cleanEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(CERT_ORDER_STATUS_|(?:HTTPS?|NO)_PROXY$|NODE_(?!COMPILE_CACHE)|NO_COLOR|FORCE_COLOR|CI$|XDG_)/i.test(
        name,
      ),
  );
  return { ...Object.fromEntries(kept), HOME: '/nonexistent' };
}

/** A folder of a test's own, with the certificate that {@link scriptedService} shows. */
export function home(t: TestContext) {
  const folder = temporaryFolder(t);
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, TRUSTED.cert);
  return {
    folder,
    ca,
    /** Everything the command needs, in its environment. */
    environment: ({ baseUrl }: ScriptedService): Environment => ({
      CERT_ORDER_STATUS_BASE_URL: baseUrl,
      CERT_ORDER_STATUS_LOGIN_NAME: LOGIN.loginName,
      CERT_ORDER_STATUS_LOGIN_PASSWORD: LOGIN.loginPassword,
      CERT_ORDER_STATUS_CA: ca,
    }),
    /** Writes a profile, and says where profiles are. */
    profile(content: object | string, { name = 'default', mode = 0o600 } = {}): Environment {
      const file = join(folder, 'cert-order-status', `${name}.json`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      chmodSync(file, mode);
      return { XDG_CONFIG_HOME: folder };
    },
  };
}
