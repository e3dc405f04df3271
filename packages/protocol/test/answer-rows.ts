/** The rows of the spec's table of response parameters (section 2.2), each with the answer that shows it. */

import type { CertificateStatus, CheckName, CheckStatus, OrderStatus } from '../src/index.ts';

interface AnswerRow {
  /** The parameter as the spec names it. */
  readonly name: string;
  readonly orders: readonly OrderStatus[];
  readonly body: string;
}

function ofOrder(order: Omit<OrderStatus, 'certificates'>): readonly OrderStatus[] {
  return [{ ...order, certificates: [] }];
}

function ofCertificate(certificate: CertificateStatus): readonly OrderStatus[] {
  return [{ certificates: [certificate] }];
}

/** Every row but the checks and X_suggestedOrgDetails. */
export const ANSWER_ROWS: readonly AnswerRow[] = [
  { name: 'errorCode: 0 = Successful', orders: [], body: 'errorCode=0' },
  {
    name: 'X_orderNumber',
    orders: ofOrder({ orderNumber: '999999999999999999' }),
    body: 'errorCode=0&1_orderNumber=999999999999999999',
  },
  {
    name: 'X_orderDateTime',
    orders: ofOrder({ orderDateTime: '2025-06-11 11:57' }),
    body: 'errorCode=0&1_orderDateTime=2025-06-11+11%3A57',
  },
  {
    name: 'X_orderStatus',
    orders: ofOrder({ orderStatus: 'Completed' }),
    body: 'errorCode=0&1_orderStatus=Completed',
  },
  {
    name: 'X_orderStatusReason',
    orders: ofOrder({ orderStatus: 'Rejected', orderStatusReason: "Can't be validated!" }),
    body: 'errorCode=0&1_orderStatus=Rejected&1_orderStatusReason=Can%27t+be+validated%21',
  },
  {
    name: 'X_Y_serialNumber',
    orders: ofCertificate({ serialNumber: '00E1B2C3D4E5F60718293A4B5C6D7E8F90' }),
    body: 'errorCode=0&1_1_serialNumber=00E1B2C3D4E5F60718293A4B5C6D7E8F90',
  },
  {
    name: 'X_Y_objectType',
    orders: ofCertificate({ objectType: 'SSL' }),
    body: 'errorCode=0&1_1_objectType=SSL',
  },
  {
    name: 'X_Y_FQDN',
    orders: ofCertificate({ FQDN: '*.example.com' }),
    body: 'errorCode=0&1_1_FQDN=*.example.com',
  },
  {
    name: 'X_Y_certificateStatus',
    orders: ofCertificate({ certificateStatus: 'Awaiting Brand Validation' }),
    body: 'errorCode=0&1_1_certificateStatus=Awaiting+Brand+Validation',
  },
  {
    name: 'X_Y_certificateStatusReason',
    orders: ofCertificate({
      certificateStatus: 'Revoked',
      certificateStatusReason: 'Key compromise (~reported)',
    }),
    body: 'errorCode=0&1_1_certificateStatus=Revoked&1_1_certificateStatusReason=Key+compromise+%28%7Ereported%29',
  },
];

/** The rows of the checks, in the order of the table. */
export const CHECK_ROWS: readonly CheckName[] = [
  'csrStatus',
  'dcvStatus',
  'ovCallBackStatus',
  'organizationValidationStatus',
  'freeDVUPStatus',
  'evClickThroughStatus',
  'caaStatus',
];

/** The values that each of the checks may have. */
export const CHECK_VALUES: readonly [string, CheckStatus][] = [
  ['-1', 'not-required'],
  ['0', 'not-completed'],
  ['1', 'completed'],
  ['2', 'in-progress'],
];

/** A pending order as this service answers it for queryType 1. */
export const PENDING_ORDER: OrderStatus = {
  orderNumber: '7250060',
  orderDateTime: '2025-06-11 11:57',
  orderStatus: 'Pending',
  certificates: [
    {
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
    },
  ],
};

/** The body of that answer, byte for byte. */
export const PENDING_ORDER_BODY =
  'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
  '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation' +
  '&1_1_csrStatus=1&1_1_dcvStatus=2&1_1_ovCallBackStatus=-1&1_1_organizationValidationStatus=-1' +
  '&1_1_freeDVUPStatus=-1&1_1_evClickThroughStatus=-1&1_1_caaStatus=0';
