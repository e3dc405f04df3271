/** The demo's orders: between them they show every state and every response parameter of the API. */

import type { CertificateRecord, CheckName, CheckStatus, OrderRecord } from '@cert-order-status/protocol';

/** A demo's certificate stays in use while it is looked at. */
const NOT_AFTER = `${new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10)}T23:59:59Z`;

/** The account whose orders they are. */
export const DEMO_ACCOUNT = 'demo';

/** What the demo's upstream is called. */
export const DEMO_UPSTREAM = 'demo-ca';
/** Its order that goes on while one watches, and one that is not followed yet. */
export const WATCHED_ORDER = '8800001';
export const FURTHER_ORDER = '8800005';

/** An order and what there is to see in it. */
export interface DemoOrder {
  readonly shows: string;
  readonly record: OrderRecord;
}

type Checks = Partial<Record<CheckName, CheckStatus>>;

const NOTHING_REQUIRED: Record<CheckName, CheckStatus> = {
  csrStatus: 'not-required',
  dcvStatus: 'not-required',
  ovCallBackStatus: 'not-required',
  organizationValidationStatus: 'not-required',
  freeDVUPStatus: 'not-required',
  evClickThroughStatus: 'not-required',
  caaStatus: 'not-required',
};

const DOMAIN_VALIDATED: Checks = { csrStatus: 'completed', dcvStatus: 'completed', caaStatus: 'completed' };
const ORGANIZATION_VALIDATED: Checks = {
  ...DOMAIN_VALIDATED,
  ovCallBackStatus: 'completed',
  organizationValidationStatus: 'completed',
};

type CertificateState = Pick<
  CertificateRecord,
  | 'certificateID'
  | 'certificateStatus'
  | 'certificateStatusReason'
  | 'serialNumber'
  | 'notBefore'
  | 'notAfter'
> & { FQDN?: string; objectType?: string };

function certificate({ certificateID, objectType = 'SSL', ...state }: CertificateState, checks: Checks) {
  return { certificateID, objectType, ...state, ...NOTHING_REQUIRED, ...checks };
}

function order(
  shows: string,
  record: Omit<OrderRecord, 'account' | 'orderDateTime'> & { readonly orderDateTime?: string },
): DemoOrder {
  return { shows, record: { account: DEMO_ACCOUNT, orderDateTime: '2026-06-11T11:57:00Z', ...record } };
}

const LEEDS = {
  organizationName: 'Acme Ltd',
  streetAddress: '1 High St',
  localityName: 'Leeds',
  stateOrProvinceName: 'West Yorkshire',
  postalCode: 'LS1 1AA',
  countryName: 'GB',
  dunsNumber: '217568534',
  telephoneNumber: '+44 113 496 0000',
};
const BRISTOL = {
  organizationName: 'Acme (Bristol) Ltd',
  localityName: 'Bristol',
  countryName: 'GB',
  dunsNumber: '217568999',
};

/** An organisation-validated order that waits, with what automatic organisation validation has found so far. */
function organizationOrder(
  shows: string,
  orderNumber: string,
  certificateID: string,
  suggestedOrgDetails: NonNullable<OrderRecord['suggestedOrgDetails']>,
): DemoOrder {
  return order(shows, {
    orderNumber,
    orderStatus: 'Pending',
    suggestedOrgDetails,
    certificates: [
      certificate(
        { certificateID, FQDN: 'shop.example.com', certificateStatus: 'Awaiting Validation' },
        {
          ...DOMAIN_VALIDATED,
          organizationValidationStatus: 'in-progress',
          ovCallBackStatus: 'not-completed',
        },
      ),
    ],
  });
}

/** Orders that are replaced come before those that replace them. */
export const DEMO_ORDERS: readonly DemoOrder[] = [
  order('pending: waits for domain control validation', {
    orderNumber: '7250001',
    orderStatus: 'Pending',
    certificates: [
      certificate(
        { certificateID: '5550001', FQDN: 'www.example.com', certificateStatus: 'Awaiting Validation' },
        { csrStatus: 'completed', dcvStatus: 'in-progress', caaStatus: 'not-completed' },
      ),
    ],
  }),
  order('pending: waits for brand validation; every state of a check', {
    orderNumber: '7250002',
    orderStatus: 'Pending',
    certificates: [
      certificate(
        { certificateID: '5550002', FQDN: 'pay.example.com', certificateStatus: 'Awaiting Brand Validation' },
        {
          csrStatus: 'completed',
          dcvStatus: 'completed',
          ovCallBackStatus: 'not-completed',
          organizationValidationStatus: 'in-progress',
          freeDVUPStatus: 'in-progress',
          evClickThroughStatus: 'not-completed',
          caaStatus: 'in-progress',
        },
      ),
    ],
  }),
  order('completed: the certificate is issued', {
    orderNumber: '7250003',
    orderStatus: 'Completed',
    certificates: [
      certificate(
        {
          certificateID: '5550003',
          FQDN: '*.example.org',
          certificateStatus: 'Issued',
          serialNumber: '01A3F29C44D8E1',
          notBefore: '2026-06-12T00:00:00Z',
          notAfter: NOT_AFTER,
        },
        DOMAIN_VALIDATED,
      ),
    ],
  }),
  order('rejected, with the reason', {
    orderNumber: '7250004',
    orderStatus: 'Rejected',
    orderStatusReason: 'The organisation could not be verified',
    certificates: [
      certificate(
        {
          certificateID: '5550004',
          FQDN: 'bank.example.net',
          certificateStatus: 'Rejected',
          certificateStatusReason: 'The organisation could not be verified',
        },
        { csrStatus: 'completed', dcvStatus: 'completed', organizationValidationStatus: 'not-completed' },
      ),
    ],
  }),
  order('cancelled', {
    orderNumber: '7250005',
    orderStatus: 'Cancelled',
    certificates: [
      certificate(
        {
          certificateID: '5550005',
          FQDN: 'old.example.net',
          certificateStatus: 'Rejected',
          certificateStatusReason: 'Order cancelled',
        },
        { csrStatus: 'completed', dcvStatus: 'not-completed' },
      ),
    ],
  }),
  order('four certificates: expired, replaced, issued, and one without a domain name', {
    orderNumber: '7250006',
    orderStatus: 'Completed',
    certificates: [
      certificate(
        {
          certificateID: '5550006',
          FQDN: 'a.example.com',
          certificateStatus: 'Expired',
          serialNumber: '06A1',
        },
        ORGANIZATION_VALIDATED,
      ),
      certificate(
        {
          certificateID: '5550007',
          FQDN: 'b.example.com',
          certificateStatus: 'Replaced',
          serialNumber: '06A2',
        },
        ORGANIZATION_VALIDATED,
      ),
      certificate(
        {
          certificateID: '5550008',
          FQDN: 'b.example.com',
          certificateStatus: 'Issued',
          serialNumber: '06A3',
        },
        ORGANIZATION_VALIDATED,
      ),
      certificate(
        {
          certificateID: '5550009',
          objectType: 'Code Signing',
          certificateStatus: 'Issued',
          serialNumber: '06A4',
        },
        { ...ORGANIZATION_VALIDATED, dcvStatus: 'not-required' },
      ),
    ],
  }),
  order('a revoked certificate, with the reason', {
    orderNumber: '7250007',
    orderStatus: 'Completed',
    certificates: [
      certificate(
        {
          certificateID: '5550010',
          FQDN: 'lost.example.com',
          certificateStatus: 'Revoked',
          certificateStatusReason: 'Key compromise',
          serialNumber: '07B1',
        },
        DOMAIN_VALIDATED,
      ),
    ],
  }),
  order('replaced by 7250009 (queryType 2 shows the chain)', {
    orderNumber: '7250008',
    orderDateTime: '2026-01-08T09:30:00Z',
    orderStatus: 'Completed',
    certificates: [
      certificate(
        {
          certificateID: '5550011',
          FQDN: 'mail.example.com',
          certificateStatus: 'Replaced',
          serialNumber: '08C1',
        },
        DOMAIN_VALIDATED,
      ),
    ],
  }),
  order('replaces 7250008, replaced by 7250010', {
    orderNumber: '7250009',
    orderDateTime: '2026-03-08T09:30:00Z',
    orderStatus: 'Completed',
    replacesOrderNumber: '7250008',
    certificates: [
      certificate(
        {
          certificateID: '5550012',
          FQDN: 'mail.example.com',
          certificateStatus: 'Replaced',
          serialNumber: '09C2',
        },
        DOMAIN_VALIDATED,
      ),
    ],
  }),
  order('replaces 7250009; pending', {
    orderNumber: '7250010',
    orderDateTime: '2026-06-08T09:30:00Z',
    orderStatus: 'Pending',
    replacesOrderNumber: '7250009',
    certificates: [
      certificate(
        { certificateID: '5550013', FQDN: 'mail.example.com', certificateStatus: 'Awaiting Validation' },
        { csrStatus: 'completed', dcvStatus: 'not-completed', caaStatus: 'not-completed' },
      ),
    ],
  }),
  organizationOrder('suggested organisation: one match', '7250011', '5550014', {
    status: 'Found',
    organizations: [LEEDS],
  }),
  organizationOrder('suggested organisations: two matches', '7250012', '5550015', {
    status: 'Found',
    organizations: [LEEDS, BRISTOL],
  }),
  organizationOrder('suggested organisation: no match', '7250013', '5550016', { status: 'NotFound' }),
  organizationOrder('suggested organisation: still looking', '7250014', '5550017', {
    status: 'NotYetCompleted',
  }),
  organizationOrder('suggested organisation: not needed', '7250015', '5550018', { status: 'NotApplicable' }),
  order('the two largest certificate IDs', {
    orderNumber: '999999999999999999',
    orderStatus: 'Completed',
    certificates: [
      certificate(
        {
          certificateID: '9999999999999998',
          FQDN: 'one.example.com',
          certificateStatus: 'Issued',
          serialNumber: '0F98',
        },
        DOMAIN_VALIDATED,
      ),
      certificate(
        {
          certificateID: '9999999999999999',
          FQDN: 'two.example.com',
          certificateStatus: 'Issued',
          serialNumber: '0F99',
        },
        DOMAIN_VALIDATED,
      ),
    ],
  }),
];
