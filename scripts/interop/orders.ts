/** The orders that clients ask for, and the responses that they must get. */

/** The account; both texts hold what a client may encode wrongly. */
export const LOGIN = { loginName: 'müller & söhne', loginPassword: 'Grüße = 100% + 1?;#' };

/** Another account, which may ask from {@link BOUND_ADDRESS} only. */
export const BOUND_LOGIN = { loginName: 'bound-hosting', loginPassword: LOGIN.loginPassword };

/** A loopback address that no other client has. */
export const BOUND_ADDRESS = '127.0.0.9';

const CHECKS = {
  csrStatus: 'completed',
  dcvStatus: 'in-progress',
  ovCallBackStatus: 'not-required',
  organizationValidationStatus: 'not-completed',
  freeDVUPStatus: 'not-required',
  evClickThroughStatus: 'not-required',
  caaStatus: 'not-completed',
};

const CHECKS_SENT: readonly [string, string][] = [
  ['csrStatus', '1'],
  ['dcvStatus', '2'],
  ['ovCallBackStatus', '-1'],
  ['organizationValidationStatus', '0'],
  ['freeDVUPStatus', '-1'],
  ['evClickThroughStatus', '-1'],
  ['caaStatus', '0'],
];

/** An order whose texts hold every kind of character that a form encodes. */
export const ORDER = {
  orderNumber: '7250060',
  record: {
    account: LOGIN.loginName,
    orderNumber: '7250060',
    orderDateTime: '2025-06-11T11:57:00Z',
    orderStatus: 'Pending',
    suggestedOrgDetails: {
      status: 'Found',
      organizations: [
        {
          organizationName: 'Grün & Söhne = 100% + Co; "証明書" 🔒',
          streetAddress: "1 St. John's Row #4?",
          localityName: 'Zürich',
          countryName: 'CH',
          telephoneNumber: '+41 44 496 0000',
        },
      ],
    },
    certificates: [
      {
        certificateID: '5550001',
        objectType: 'SSL',
        FQDN: '*.example.com',
        certificateStatus: 'Awaiting Validation',
        ...CHECKS,
      },
    ],
  },
  parameters: [
    ['errorCode', '0'],
    ['1_orderNumber', '7250060'],
    ['1_orderDateTime', '2025-06-11 11:57'],
    ['1_orderStatus', 'Pending'],
    ['1_suggestedOrgDetails', 'Found'],
    ['1_organizationName', 'Grün & Söhne = 100% + Co; "証明書" 🔒'],
    ['1_streetAddress', "1 St. John's Row #4?"],
    ['1_localityName', 'Zürich'],
    ['1_countryName', 'CH'],
    ['1_telephoneNumber', '+41 44 496 0000'],
    ['1_1_objectType', 'SSL'],
    ['1_1_FQDN', '*.example.com'],
    ['1_1_certificateStatus', 'Awaiting Validation'],
    ...CHECKS_SENT.map(([name, value]): [string, string] => [`1_1_${name}`, value]),
  ] satisfies [string, string][],
};

const LARGE_CERTIFICATES = 2000;

/** An order with as many certificates as an order may have: 20,004 parameters. */
export const LARGE_ORDER = {
  orderNumber: '7250070',
  record: {
    account: LOGIN.loginName,
    orderNumber: '7250070',
    orderDateTime: '2025-06-11T11:57:00Z',
    orderStatus: 'Pending',
    certificates: Array.from({ length: LARGE_CERTIFICATES }, (_, index) => ({
      certificateID: String(6_000_001 + index),
      objectType: 'SSL',
      FQDN: `host-${index + 1}.example.com`,
      certificateStatus: 'Awaiting Validation',
      ...CHECKS,
    })),
  },
  /** One of its certificates, and what a request for it by certificateID is answered with. */
  one: {
    certificateID: '6001500',
    parameters: [
      ['errorCode', '0'],
      ['1_orderNumber', '7250070'],
      ['1_orderDateTime', '2025-06-11 11:57'],
      ['1_orderStatus', 'Pending'],
      ['1_1_objectType', 'SSL'],
      ['1_1_FQDN', 'host-1500.example.com'],
      ['1_1_certificateStatus', 'Awaiting Validation'],
      ...CHECKS_SENT.map(([name, value]): [string, string] => [`1_1_${name}`, value]),
    ] satisfies [string, string][],
  },
  parameterCount: 4 + LARGE_CERTIFICATES * 10,
};

/** An order of {@link BOUND_LOGIN}. */
export const BOUND_ORDER = {
  ...ORDER.record,
  account: BOUND_LOGIN.loginName,
  orderNumber: '7250080',
  certificates: [{ ...ORDER.record.certificates[0], certificateID: '5550080' }],
};

/** A response, as it is on the wire. */
export function bodyOf(parameters: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
}

/** The errors that clients get, as they are on the wire. */
export const ERRORS = {
  notHttps: bodyOf([
    ['errorCode', '-1'],
    ['errorMessage', 'Request was not made over https!'],
  ]),
  missingLogin: bodyOf([
    ['errorCode', '-3'],
    ['errorMessage', "The 'loginName' argument is missing"],
  ]),
  denied: bodyOf([
    ['errorCode', '-16'],
    ['errorMessage', 'Permission denied!'],
  ]),
  notPost: bodyOf([
    ['errorCode', '-17'],
    ['errorMessage', 'Request used GET rather than POST!'],
  ]),
} as const;
