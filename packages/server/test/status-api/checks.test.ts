import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckName, CheckStatus } from '@cert-order-status/protocol';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN } from '../wire-texts.ts';

const VALUES = [
  ['not-required', '-1'],
  ['not-completed', '0'],
  ['completed', '1'],
  ['in-progress', '2'],
] as const satisfies [CheckStatus, string][];

const NAMES: readonly CheckName[] = [
  'csrStatus',
  'dcvStatus',
  'ovCallBackStatus',
  'organizationValidationStatus',
  'freeDVUPStatus',
  'evClickThroughStatus',
  'caaStatus',
];

for (const name of NAMES) {
  test(`X_Y_${name}: -1 not-required, 0 not-completed, 1 completed, 2 in-progress (if queryType = 1 or 2)`, async (t) => {
    const certificates = VALUES.map(([state], place) =>
      acmeCertificate({ certificateID: `${place + 1}`, [name]: state }),
    );
    const service = await runService(t, { orders: [acmeOrder({ certificates })] });
    for (const queryType of ['1', '2']) {
      const answer = await service.ask(`${LOGIN}&orderNumber=7250060&queryType=${queryType}`);
      for (const [place, [state, number]] of VALUES.entries()) {
        const parameters = answer.body
          .split('&')
          .filter((piece) => piece.startsWith(`1_${place + 1}_${name}=`));
        assert.deepEqual(parameters, [`1_${place + 1}_${name}=${number}`], state);
      }
    }
    const statusOnly = await service.ask(`${LOGIN}&orderNumber=7250060&queryType=0`);
    assert.ok(!statusOnly.body.includes(name));
  });
}

test('the checks stand after the certificate’s other parameters, in the order of the spec', async (t) => {
  const certificate = acmeCertificate({
    certificateStatus: 'Revoked',
    certificateStatusReason: 'Superseded',
    serialNumber: '0C',
    csrStatus: 'not-completed',
    dcvStatus: 'completed',
    ovCallBackStatus: 'in-progress',
    organizationValidationStatus: 'not-required',
    freeDVUPStatus: 'not-completed',
    evClickThroughStatus: 'completed',
    caaStatus: 'in-progress',
  });
  const service = await runService(t, { orders: [acmeOrder({ certificates: [certificate] })] });
  for (const queryType of ['1', '2']) {
    const answer = await service.ask(`${LOGIN}&orderNumber=7250060&queryType=${queryType}`);
    assert.equal(
      answer.body,
      'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
        '&1_1_serialNumber=0C&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Revoked' +
        '&1_1_certificateStatusReason=Superseded&1_1_csrStatus=0&1_1_dcvStatus=1&1_1_ovCallBackStatus=2' +
        '&1_1_organizationValidationStatus=-1&1_1_freeDVUPStatus=0&1_1_evClickThroughStatus=1&1_1_caaStatus=2',
    );
  }
});
