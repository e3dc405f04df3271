/**
 * Loaded into a program in front of its own modules: kills it, as `kill -9` does, before the step of writing that
 * KILL_AT numbers. Steps are counted from the moment on at which the key file is changed.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { DatabaseSync } from 'node:sqlite';

const killAt = Number(process.env['KILL_AT']);
let steps = -1;

function step(): void {
  if (steps >= 0 && ++steps === killAt) process.kill(process.pid, 'SIGKILL');
}

const { openSync } = fs;
fs.openSync = (path, ...rest) => {
  if (String(path).endsWith('.secret-key.new') || String(path).endsWith('secret.key.new')) steps = 0;
  step();
  return openSync(path, ...rest);
};
for (const name of ['writeFileSync', 'fsyncSync', 'renameSync', 'rmSync'] as const) {
  const original = fs[name] as (...values: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...values: unknown[]) => {
      step();
      return original(...values);
    },
  });
}
syncBuiltinESMExports();

for (const [prototype, name] of [
  [DatabaseSync.prototype, 'exec'],
  [net.Socket.prototype, 'write'],
] as const) {
  const original = Reflect.get(prototype, name) as (...values: unknown[]) => unknown;
  Reflect.set(prototype, name, function counted(this: unknown, ...values: unknown[]) {
    step();
    return original.apply(this, values);
  });
}
