/**
 * Status requests from the peers' order database, with Fastify and better-sqlite3: `server.js CERT KEY DATABASE PORT`.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { escape as encode, parse } from 'node:querystring';
import Database from 'better-sqlite3';
import fastify from 'fastify';

const CHECKS = [
  'csrStatus',
  'dcvStatus',
  'ovCallBackStatus',
  'organizationValidationStatus',
  'freeDVUPStatus',
  'evClickThroughStatus',
  'caaStatus',
];
const FORM = 'application/x-www-form-urlencoded';

const [cert, key, file, port] = process.argv.slice(2);
const database = new Database(file, { readonly: true });
database.pragma('cache_size = -65536');
const findAccount = database.prepare(
  'SELECT accountID, credentialVersion, salt, passwordHash FROM account WHERE loginName = ?',
);
const findOrder = database.prepare(`
  SELECT a.credentialVersion, a.disabled, o.orderNumber, o.orderDateTime, o.orderStatus, c.objectType, c.FQDN,
    c.certificateStatus, ${CHECKS.map((name) => `c.${name}`).join(', ')}
  FROM account a
  JOIN "order" o ON o.orderNumber = ? AND o.accountID = a.accountID
  JOIN certificate c ON c.orderNumber = o.orderNumber
  WHERE a.accountID = ?
  ORDER BY c.position`);

const fingerprintKey = randomBytes(32);
/** Logins whose passwords were verified, by fingerprint. */
const logins = new Map();

function verify(loginName, password) {
  const fingerprint = createHmac('sha256', fingerprintKey)
    .update(`${loginName}\0${password}`)
    .digest('latin1');
  const known = logins.get(fingerprint);
  if (known !== undefined) return known;
  const account = findAccount.get(loginName);
  if (account === undefined) return undefined;
  const digest = createHash('sha256').update(account.salt).update(password).digest();
  if (!timingSafeEqual(digest, Buffer.from(account.passwordHash, 'hex'))) return undefined;
  logins.set(fingerprint, account);
  return account;
}

function respond({ loginName = '', loginPassword = '', orderNumber = '' }) {
  const login = verify(loginName, loginPassword);
  const rows = login === undefined ? [] : findOrder.all(Number(orderNumber), login.accountID);
  const [order] = rows;
  if (order === undefined || order.disabled || order.credentialVersion !== login.credentialVersion)
    return 'errorCode=-16';
  const when = new Date(order.orderDateTime * 1000).toISOString().slice(0, 16).replace('T', '+');
  let body =
    `errorCode=0&1_orderNumber=${order.orderNumber}&1_orderDateTime=${when.replace(':', '%3A')}` +
    `&1_orderStatus=${encoded(order.orderStatus)}`;
  rows.forEach((row, at) => {
    const prefix = `&1_${at + 1}_`;
    for (const name of ['objectType', 'FQDN', 'certificateStatus', ...CHECKS])
      body += `${prefix}${name}=${encoded(String(row[name]))}`;
  });
  return body;
}

function encoded(value) {
  return encode(value).replaceAll('%20', '+');
}

const app = fastify({
  https: { cert: readFileSync(cert), key: readFileSync(key) },
  keepAliveTimeout: 65_000,
});
app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, parse(body)));
app.post('/products/!GetDetailedOrderStatus', (request, reply) =>
  reply.headers({ 'content-type': FORM, 'cache-control': 'no-store' }).send(respond(request.body)),
);
await app.listen({ host: '127.0.0.1', port: Number(port) });
process.on('SIGTERM', () => process.exit());
