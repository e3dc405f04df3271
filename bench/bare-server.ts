/** A `node:https` server that reads the body of a request and answers fixed bytes: what Node itself costs. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [cert = '', key = '', answer = ''] = process.argv.slice(2);
const body = Buffer.from(answer);
const headers = {
  'Content-Type': 'application/x-www-form-urlencoded',
  'Content-Length': body.length,
  'Cache-Control': 'no-store',
};

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(200, headers).end(body);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('SIGTERM', () => process.exit());
