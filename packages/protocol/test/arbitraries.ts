/** What the properties are tried on. */

import fc from 'fast-check';
import type {
  CertificateStatus,
  CheckStatus,
  DetailedOrderStatus,
  OrderStatus,
  SuggestedOrganization,
} from '../src/index.ts';

/** Objects as JSON and object literals make them, so that strict equality may compare prototypes. */
const PLAIN = { noNullPrototype: true } as const;
const ALL_OPTIONAL = { noNullPrototype: true, requiredKeys: [] as [] } as const;

/** Any string at all, half surrogate pairs and control characters too. */
export const anyString = fc
  .array(
    fc.oneof(fc.nat(0xffff), fc.constantFrom(..."%+&=?'!:~ aF09\0\uFEFF\uD83D\uDE00".split('')).map(codeOf)),
  )
  .map((units) => String.fromCharCode(...units));

function codeOf(unit: string): number {
  return unit.charCodeAt(0);
}

/** Well-formed Unicode, any code point. */
export const wellFormedText = fc.string({ unit: 'binary' });

/** What the wire carries as a text: well-formed and not empty. */
const wireText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom(
    '0',
    ' ',
    '+',
    '%',
    '%41',
    '&',
    '=',
    '1_1_FQDN=x',
    'Status=Found',
    "O'Neill & Söhne",
    '\uFEFF',
  ),
);

/** Whatever could stand in a form: plain bytes, and pieces that mean something to a parser. */
export function formBytes(...names: string[]): fc.Arbitrary<Uint8Array> {
  const pieces = [
    '&',
    '=',
    '&&',
    '+',
    '%',
    '%4',
    '%zz',
    '%41',
    '%00',
    '%26',
    '%FF',
    '%C3%A9',
    '%EF%BF%BD',
    '?',
    '0',
    '1',
  ];
  const piece = fc.oneof(
    fc.constantFrom(...pieces, ...names).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 4 }),
  );
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((parts) => new Uint8Array(parts.flatMap((part) => [...part]))),
  );
}

const wholeSecond = fc.integer({ min: -1e9, max: 1e11 }).map((second) => new Date(second * 1000));

const checkStatus = fc.constantFrom<CheckStatus[]>(
  'not-required',
  'not-completed',
  'completed',
  'in-progress',
);

const certificateStatus: fc.Arbitrary<CertificateStatus> = fc
  .record(
    {
      serialNumber: wireText,
      objectType: wireText,
      FQDN: wireText,
      certificateStatus: fc.oneof(wireText, fc.constantFrom('Awaiting Validation', 'Issued')),
      certificateStatusReason: wireText,
      csrStatus: checkStatus,
      dcvStatus: checkStatus,
      ovCallBackStatus: checkStatus,
      organizationValidationStatus: checkStatus,
      freeDVUPStatus: checkStatus,
      evClickThroughStatus: checkStatus,
      caaStatus: checkStatus,
      notBefore: wholeSecond,
      notAfter: wholeSecond,
      slId: wireText,
      shippingPhone: wireText,
    },
    ALL_OPTIONAL,
  )
  .filter(hasSomething);

export const organization: fc.Arbitrary<SuggestedOrganization> = fc
  .record(
    {
      organizationName: wireText,
      streetAddress: wireText,
      localityName: wireText,
      stateOrProvinceName: wireText,
      postalCode: wireText,
      countryName: wireText,
      dunsNumber: wireText,
      telephoneNumber: wireText,
    },
    ALL_OPTIONAL,
  )
  .filter(hasSomething);

const KNOWN_STATUSES = ['Found', 'NotFound', 'NotYetCompleted', 'NotApplicable'];

/** A known word as the spec spells it, or a word that is not a known one in another spelling. */
const suggestedOrgStatus = fc.oneof(
  fc.constantFrom(...KNOWN_STATUSES),
  wireText.filter((word) => !KNOWN_STATUSES.some((known) => known.toLowerCase() === word.toLowerCase())),
);

const suggestedOrgDetails = fc.record(
  { status: suggestedOrgStatus, organizations: fc.array(organization, { minLength: 1, maxLength: 12 }) },
  { ...PLAIN, requiredKeys: ['status'] },
);

const order: fc.Arbitrary<OrderStatus> = fc
  .record(
    {
      orderNumber: wireText,
      orderDateTime: wireText,
      orderStatus: fc.oneof(wireText, fc.constantFrom('Pending', 'Completed')),
      orderStatusReason: wireText,
      suggestedOrgDetails,
      certificates: fc.array(certificateStatus, { maxLength: 12 }),
    },
    { ...PLAIN, requiredKeys: ['certificates'] },
  )
  .filter((one) => Object.keys(one).length > 1 || one.certificates.length > 0);

/** Every answer that the types allow and the wire can carry. */
export const detailedOrderStatus: fc.Arbitrary<DetailedOrderStatus> = fc.record(
  { orders: fc.array(order, { maxLength: 12 }) },
  PLAIN,
);

function hasSomething(value: object): boolean {
  return Object.keys(value).length > 0;
}
