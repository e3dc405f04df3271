/** Orders for tests. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';

/** The example of the API's documentation: one order, one certificate that waits for validation. */
export function acmeOrder(changes: Partial<OrderRecord> = {}): OrderRecord {
  return {
    account: 'acme-hosting',
    orderNumber: '7250060',
    orderDateTime: '2025-06-11T11:57:00Z',
    orderStatus: 'Pending',
    certificates: [acmeCertificate()],
    ...changes,
  };
}

/** The certificate of {@link acmeOrder}. */
export function acmeCertificate(changes: Partial<CertificateRecord> = {}): CertificateRecord {
  return {
    certificateID: '5550001',
    objectType: 'SSL',
    FQDN: 'www.example.com',
    certificateStatus: 'Awaiting Validation',
    csrStatus: 'completed',
    dcvStatus: 'in-progress',
    ovCallBackStatus: 'not-required',
    organizationValidationStatus: 'not-required',
    freeDVUPStatus: 'not-required',
    evClickThroughStatus: 'not-required',
    caaStatus: 'not-completed',
    ...changes,
  };
}

/** What queryType 1 answers for {@link acmeOrder}, byte for byte. */
export const ACME_ANSWER =
  'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
  '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation' +
  '&1_1_csrStatus=1&1_1_dcvStatus=2&1_1_ovCallBackStatus=-1&1_1_organizationValidationStatus=-1' +
  '&1_1_freeDVUPStatus=-1&1_1_evClickThroughStatus=-1&1_1_caaStatus=0';
