/** Random changes through the API and through a model of the rules: they agree on every answer and every state. */

import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';
import { CHECKS, decodeResponse } from '@cert-order-status/protocol';
import { openStore } from '../../src/store/open-store.ts';
import { verified } from '../maintenance/verified.ts';
import { ACME } from '../running-service.ts';
import { isPostgres } from '../store/databases.ts';
import { runManagedService } from './managed-service.ts';
import { ChangeMaker, type RandomChange } from './random-changes.ts';
import { type ModelAnswer, RulesModel } from './rules-model.ts';

/** Of this seed two hundred break every rule, where others take thousands. */
const SEED_OF_MANY_RULES = 188;
const SEED = Number(process.env['FUZZ_SEED'] ?? SEED_OF_MANY_RULES);
/** On PostgreSQL, where each costs several round trips, fewer of them do unless more are asked for. */
const CHANGES = Math.max(isPostgres ? 500 : 1500, Number(process.env['FUZZ_RUNS'] ?? 0));
/** So many break every rule, whatever the seed. */
const ENOUGH_FOR_ALL = SEED === SEED_OF_MANY_RULES ? 200 : 6000;

function ofModel(model: RulesModel, change: RandomChange): ModelAnswer {
  const { orderNumber, isForced } = change;
  switch (change.kind) {
    case 'put':
      return model.put(orderNumber, change.order, isForced);
    case 'patch order':
      return model.patchOrder(orderNumber, change.patch, isForced);
    case 'patch certificate':
      return model.patchCertificate(orderNumber, change.certificateID, change.patch, isForced);
  }
}

function requestOf(change: RandomChange): [string, unknown] {
  const query = change.isForced ? '?force=a+reason' : '';
  const path = `/v1/orders/${change.orderNumber}`;
  if (change.kind === 'put') return [`PUT ${path}${query}`, change.order];
  if (change.kind === 'patch order') return [`PATCH ${path}${query}`, change.patch];
  return [`PATCH ${path}/certificates/${change.certificateID}${query}`, change.patch];
}

const TOLD_OF_CERTIFICATE = [
  'FQDN',
  'certificateStatus',
  'certificateStatusReason',
  'serialNumber',
  ...CHECKS,
] as const;

/** What a customer is told of an order (queryType 1), of the model's or of the one in the answer. */
function toldOf(order: { readonly certificates: readonly object[] }) {
  const { orderNumber, orderStatus, orderStatusReason } = order as Record<string, unknown>;
  const certificates = order.certificates.map((each) =>
    TOLD_OF_CERTIFICATE.map((name) => (each as Record<string, unknown>)[name]),
  );
  return { orderNumber, orderStatus, orderStatusReason, certificates };
}

test(`the service and the model agree on ${CHANGES} random changes`, async (t) => {
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  const service = await runManagedService(t, { accounts: ['other'] });
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const model = new RulesModel(['acme-hosting', 'other']);
  const maker = new ChangeMaker(SEED, model.orders);
  const seen = new Map<string, number>();

  for (let count = 1; count <= CHANGES; count++) {
    const change = maker.next();
    const expected = ofModel(model, change);
    const [route, body] = requestOf(change);
    const answer = await service.manage(route, { body, agent });
    const broken = (answer.json.errors ?? []).map(({ rule }: { rule?: string }) => rule).filter(Boolean);
    const rules = [...new Set<string>(broken)].sort();
    const what = `change ${count} with FUZZ_SEED=${SEED}: ${JSON.stringify(change)}`;
    assert.deepEqual({ status: answer.status, rules }, expected, what);
    for (const outcome of [expected.status, ...rules])
      seen.set(String(outcome), (seen.get(String(outcome)) ?? 0) + 1);

    const order = model.orders.get(change.orderNumber);
    // What was refused has changed nothing: that is looked at now and then, and of every order in the end.
    if (order === undefined || (expected.status >= 400 && count % 10 > 0)) continue;
    const loginName = String(order['account']);
    const { orderNumber } = change;
    const form = { ...ACME, loginName, orderNumber, queryType: '1' };
    const told = decodeResponse(Buffer.from((await service.ask(form, { agent })).body));
    assert.ok(told.kind === 'status', what);
    const [only] = told.status.orders;
    assert.ok(only, what);
    assert.deepEqual(toldOf(only), toldOf(order), what);
  }

  for (const [orderNumber, order] of model.orders) {
    const { json } = await service.manage(`GET /v1/orders/${orderNumber}`, { agent });
    assert.deepEqual(json, order);
  }
  // What status requests read is what the certificates are, whichever change wrote it.
  const store = await openStore(service.database, 'read');
  const { problems } = await verified(store);
  await store.close();
  assert.deepEqual(problems, []);
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  // All of it has happened: else the test would show less than it says.
  if (CHANGES < ENOUGH_FOR_ALL) return;
  for (const outcome of ['200', '201', '404', '409', '422']) {
    assert.ok((seen.get(outcome) ?? 0) > 0, `${outcome} has happened`);
  }
  for (const rule of MODELLED) assert.ok((seen.get(rule) ?? 0) > 0, `${rule} was broken`);
});

const MODELLED = [
  'account-exists',
  'account-never-changes',
  'certificate-in-one-order',
  'certificate-never-removed',
  'replaced-order-exists',
  'replaced-order-of-same-account',
  'replacements-never-loop',
  'issued-with-finished-checks',
  'completed-with-issued-certificate',
  'completed-without-awaiting',
  'order-transition',
  'reopened-by-reissue',
  'certificate-transition',
  'checks-fixed-by-issue',
];
