/** The client's commands, under the service's name and against the real service. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runCommand, runProcess } from '../command.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, type RunningService } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';

function settings({ port }: RunningService) {
  return {
    env: {
      CERT_ORDER_STATUS_BASE_URL: `https://127.0.0.1:${port}`,
      CERT_ORDER_STATUS_LOGIN_NAME: ACME.loginName,
      CERT_ORDER_STATUS_LOGIN_PASSWORD: ACME.loginPassword,
    },
  };
}

describe('cert-order-status', () => {
  test('status shows what the service answers', async (t) => {
    const service = await runManagedService(t, { orders: [acmeOrder()] });
    const ended = await runCommand(['status', '7250060', '--insecure'], settings(service));
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /^Order 7250060\n/);
    assert.match(ended.stdout, /\n {2}dcvStatus +in-progress\n/);
  });

  test('status says what the service refuses, under its own name', async (t) => {
    const service = await runManagedService(t, { orders: [acmeOrder()] });
    const ended = await runCommand(['status', '1', '--insecure'], settings(service));
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /\ncert-order-status: The value of the 'orderNumber' argument is invalid! \(error code -4\)/,
    );
  });

  test('watch sees the certificate issued through the management API, and exits with 0', async (t) => {
    const service = await runManagedService(t, { orders: [acmeOrder()] });
    const watching = runProcess(
      ['watch', '7250060', '--interval', '1s', '--timeout', '30s', '--insecure'],
      settings(service),
    );
    let isOver = false;
    watching.finally(() => {
      isOver = true;
    });
    while (!isOver && !service.log.some((line) => line['errorCode'] === 0)) await setTimeout(20);
    const issued = {
      certificateStatus: 'Issued',
      serialNumber: '0A',
      dcvStatus: 'completed',
      caaStatus: 'completed',
    };
    const { status } = await service.manage('PATCH /v1/orders/7250060/certificates/5550001', {
      body: issued,
    });
    assert.equal(status, 200);
    const { code, stdout } = await watching;
    assert.equal(code, 0);
    assert.match(stdout, /certificateStatus: Awaiting Validation → Issued\n/);
    assert.match(stdout, /It is issued\n$/);
  });
});
