/** The words for states and the numbers for checks. */

/** The states of an order, as this project words them ("a string describing the current status"). */
export const ORDER_STATUSES = ['Pending', 'Completed', 'Rejected', 'Cancelled'] as const;
export type OrderStatusWord = (typeof ORDER_STATUSES)[number];

/** The states of a certificate, as this project words them. */
export const CERTIFICATE_STATUSES = [
  'Awaiting Validation',
  'Awaiting Brand Validation',
  'Issued',
  'Expired',
  'Revoked',
  'Replaced',
  'Rejected',
] as const;
export type CertificateStatusWord = (typeof CERTIFICATE_STATUSES)[number];

/** The states of a certificate that waits to be issued. */
export const AWAITING_STATUSES: readonly CertificateStatusWord[] = [
  'Awaiting Validation',
  'Awaiting Brand Validation',
];

/** What became of automatic organisation validation (spec, section 2.2, X_suggestedOrgDetails). */
export const SUGGESTED_ORG_STATUSES = ['Found', 'NotFound', 'NotYetCompleted', 'NotApplicable'] as const;
export type SuggestedOrgStatusWord = (typeof SUGGESTED_ORG_STATUSES)[number];

/** A word of the list, or another server's own word. */
export type OpenWord<Known extends string> = Known | (string & {});

/** The seven checks of a certificate, in the spec's order. */
export const CHECKS = [
  'csrStatus',
  'dcvStatus',
  'ovCallBackStatus',
  'organizationValidationStatus',
  'freeDVUPStatus',
  'evClickThroughStatus',
  'caaStatus',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** The checks that may still move after a certificate was issued. */
export const MOVABLE_AFTER_ISSUE: readonly CheckName[] = ['freeDVUPStatus', 'evClickThroughStatus'];

/** The state of a check. */
export type CheckStatus = 'not-required' | 'not-completed' | 'completed' | 'in-progress';

/** The wire's number for each state of a check (spec, section 2.2). */
export const CHECK_STATUS_NUMBERS = {
  'not-required': -1,
  'not-completed': 0,
  completed: 1,
  'in-progress': 2,
} as const satisfies Record<CheckStatus, number>;

/** The states of a check in the order of their numbers. */
export const CHECK_STATUSES = Object.keys(CHECK_STATUS_NUMBERS) as readonly CheckStatus[];

const FIRST_NUMBER = CHECK_STATUS_NUMBERS['not-required'];

/** The state that a wire number stands for, or undefined outside -1…2. */
export function checkStatusOf(number: number): CheckStatus | undefined {
  return CHECK_STATUSES[number - FIRST_NUMBER];
}

/** The details of an organisation, in the spec's order (section 2.2, X_suggestedOrgDetails). */
export const ORGANIZATION_DETAILS = [
  'organizationName',
  'streetAddress',
  'localityName',
  'stateOrProvinceName',
  'postalCode',
  'countryName',
  'dunsNumber',
  'telephoneNumber',
] as const;
export type OrganizationDetail = (typeof ORGANIZATION_DETAILS)[number];

/** An organisation that automatic validation suggests; those of its details that are known. */
export type SuggestedOrganization = { readonly [Detail in OrganizationDetail]?: string };
