/**
 * Fills an order database with the program of a checkout: `fill.ts CHECKOUT DATABASE ORDERS ACCOUNTS`. It is a process
 * of its own, as another checkout may have another schema.
 */

import { pathToFileURL } from 'node:url';

const [checkout = '', database = '', orders = '', accounts = ''] = process.argv.slice(2);
const program = new URL('bench/order-database.ts', pathToFileURL(`${checkout}/`));
const { fillDatabase }: typeof import('./order-database.ts') = await import(program.href);
const size = { orders: Number(orders), accounts: Number(accounts) };
const began = performance.now();
await fillDatabase(database, size, (done) => {
  // On a terminal alone.
  if (process.stderr.isTTY) process.stderr.write(`filling ${database}: ${done} orders\r`);
});
console.error(`filled ${database}: ${orders} orders in ${Math.round((performance.now() - began) / 1000)} s`);
