/** Clients for outbound requests, and how their failures are looked at. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { OutboundClient, type OutboundOptions } from '../../src/outbound/outbound-client.ts';
import { OutboundError, type OutboundErrorCode } from '../../src/outbound/outbound-error.ts';
import { dnsResolver } from '../../src/outbound/resolve-name.ts';
import { authority } from './targets.ts';

/** A client that trusts the tests' authority, and may send the operator's requests to loopback addresses. */
export async function testClient(
  t: Pick<TestContext, 'after'>,
  { dns, ...options }: OutboundOptions & { dns?: string | undefined } = {},
): Promise<OutboundClient> {
  const client = new OutboundClient({
    roots: [(await authority()).cert],
    allowNetworks: ['127.0.0.0/8', '::1'],
    ...(dns === undefined
      ? {}
      : { resolveName: dnsResolver([dns]), resolveOperatorsName: dnsResolver([dns]) }),
    ...options,
  });
  t.after(() => client.close());
  return client;
}

/** The error of a request that must fail. */
export async function failureOf(request: Promise<unknown>): Promise<OutboundError> {
  const error = await request.then(
    () => assert.fail('there was no error'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof OutboundError, `${(error as Error).stack}`);
  return error;
}

/** Fails unless the request does, with this code. */
export async function assertFails(
  request: Promise<unknown>,
  code: OutboundErrorCode,
): Promise<OutboundError> {
  const error = await failureOf(request);
  assert.equal(error.code, code, error.message);
  return error;
}
