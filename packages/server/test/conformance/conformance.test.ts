/** The conformance kit against this service, and against servers that are wrong in one respect. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type TestContext, test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { CLAUSE_NAMES, CLAUSES, type ClauseName } from '../../../client/src/conformance/clauses.ts';
import type { ClauseResult } from '../../../client/src/conformance/findings.ts';
import type { Profile, Subject } from '../../../client/src/conformance/probe.ts';
import { type Report, runConformance } from '../../../client/src/conformance/run.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { MUTANTS } from './mutants.ts';
import { mutatingProxy } from './mutating-proxy.ts';

const FAST = { requestsPerSecond: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

/** An order with two certificates and a suggested organisation, one that replaces it, and one in every other state. */
const ORDERS: readonly OrderRecord[] = [
  acmeOrder({
    suggestedOrgDetails: {
      status: 'Found',
      organizations: [{ organizationName: 'Acme & Söhne Ltd', countryName: 'GB', postalCode: 'LS1 1AA' }],
    },
    certificates: [
      acmeCertificate(),
      acmeCertificate({
        certificateID: '5550002',
        certificateStatus: 'Issued',
        serialNumber: '01A3F2',
        notBefore: '2025-06-11T12:00:00Z',
        notAfter: '2026-06-11T12:00:00Z',
        slId: '77',
        shippingSurname: "O'Neill",
        dcvStatus: 'completed',
        caaStatus: 'completed',
      }),
    ],
  }),
  acmeOrder({
    orderNumber: '7250061',
    replacesOrderNumber: '7250060',
    certificates: [acmeCertificate({ certificateID: '5550003' })],
  }),
  acmeOrder({
    orderNumber: '7250062',
    orderStatus: 'Rejected',
    orderStatusReason: 'Fraud',
    certificates: [
      acmeCertificate({
        certificateID: '5550004',
        certificateStatus: 'Rejected',
        certificateStatusReason: 'Fraud',
      }),
    ],
  }),
];

function subjectOf(port: number, httpPort: number, profile: Profile, more: Partial<Subject> = {}): Subject {
  return {
    target: {
      endpoint: new URL(`https://127.0.0.1:${port}/products/!GetDetailedOrderStatus`),
      httpPort,
      agent: new Agent({ keepAlive: true, rejectUnauthorized: false }),
      ...ACME,
    },
    profile,
    orderNumbers: ['7250060', '7250062'],
    certificateID: '5550001',
    probesLogin: false,
    ...more,
  };
}

async function run(t: TestContext, subject: Subject): Promise<Report> {
  t.after(() => subject.target.agent.destroy());
  return runConformance(subject, FAST);
}

function wrongOf({ results }: Report): string[] {
  return results.flatMap(({ clause, verdict, findings }) =>
    verdict === 'pass' || verdict === 'not testable'
      ? []
      : [`${clause} ${verdict}: ${findings.map(({ message }) => message).join('; ')}`],
  );
}

function resultOf({ results }: Report, clause: ClauseName): ClauseResult | undefined {
  return results.find((each) => each.clause === clause);
}

for (const revision of ['1.2', '1.10'] as const) {
  for (const suggestedOrgDetails of ['flat', 'nested'] as const) {
    test(`this service passes every clause of revision ${revision}, suggested organisations ${suggestedOrgDetails}`, async (t) => {
      const settings = { suggestedOrgDetails, apiRevision: revision };
      const { port } = await runService(t, { orders: ORDERS, settings });
      const report = await run(t, subjectOf(port, port, revision, { probesLogin: true }));
      assert.deepEqual(wrongOf(report), []);
      const untested = report.results
        .filter(({ verdict }) => verdict === 'not testable')
        .map(({ clause }) => clause);
      const isLater = (clause: ClauseName) => clause.startsWith('V') && clause !== 'V8 only-when-asked';
      const later = revision === '1.2' ? CLAUSE_NAMES.filter(isLater) : [];
      assert.deepEqual(untested, ['A15 login-name-length', 'L4 password-case', ...later]);
    });
  }
}

test('each wrong server is caught by the clause that it breaks', async (t) => {
  const { port } = await runService(t, { orders: ORDERS });
  const proxy = await mutatingProxy(t, port);
  const subject = subjectOf(proxy.port, proxy.httpPort, '1.10');
  assert.deepEqual(wrongOf(await run(t, subject)), [], 'the proxy itself breaks no clause');
  assert.ok(MUTANTS.filter(({ verdict }) => verdict === undefined).length >= 40);
  for (const { name, breaks, verdict = 'fail', ...mutation } of MUTANTS) {
    proxy.mutation = mutation;
    const report = await run(t, subject);
    assert.equal(resultOf(report, breaks)?.verdict, verdict, `${name}: ${breaks}`);
  }
});

test('docs/conformance.md has every clause with its requirement', () => {
  const document = readFileSync(new URL('../../../../docs/conformance.md', import.meta.url), 'utf8');
  const documented = [...document.matchAll(/^\| `([TALREV]\d+ [a-z0-9-]+)` \| (.*) \|$/gm)].map(
    ([, name, text]) => [name, text],
  );
  assert.deepEqual(Object.fromEntries(documented), CLAUSES);
});
