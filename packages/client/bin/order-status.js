#!/usr/bin/env node
// Starts the program: from its sources in a checkout, from what was built elsewhere. Written so that any Node
// gets far enough to say which one is needed.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Before anything else: without a listener, this signal makes Node open a debugger to every user of the machine.
process.on('SIGUSR1', () => {});

const [major, minor] = process.versions.node.split('.').map(Number);
const sources = new URL('../src/cli/main.ts', import.meta.url);
const isCheckout = existsSync(sources);
const isCurrent = isCheckout ? major >= 26 : major > 24 || (major === 24 && minor >= 7);

if (!isCurrent) {
  console.error(
    `order-status: needs Node ${isCheckout ? '26' : '24.7'} or later, and this is ${process.version}; ` +
      (isCheckout
        ? "run 'npm ci' and then 'npx order-status', which uses the Node that npm brought"
        : 'install a current Node from https://nodejs.org'),
  );
  process.exit(1);
}

// Whatever imports node:http has Node load everything that it exports: with these, which nothing here uses, a second
// HTTP client. Without them each process begins 40 ms earlier.
const http = process.getBuiltinModule('node:http');
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) Reflect.deleteProperty(http, name);

if (isCheckout) {
  // Sources are compiled once after each change.
  module.enableCompileCache(
    fileURLToPath(new URL('../../../node_modules/.cache/cert-order-status', import.meta.url)),
  );
  module.registerHooks({
    resolve: (specifier, context, next) =>
      // A source names another as it is. For Node to look that up takes a quarter of what a command takes.
      specifier.startsWith('.') && specifier.endsWith('.ts')
        ? {
            url: new URL(specifier, context.parentURL).href,
            format: 'module-typescript',
            shortCircuit: true,
          }
        : next(specifier, { ...context, conditions: ['@cert-order-status/source', ...context.conditions] }),
  });
}
const { main } = await import(
  isCheckout ? sources.href : new URL('../dist/cli/main.js', import.meta.url).href
);
await main(process.argv.slice(2));
