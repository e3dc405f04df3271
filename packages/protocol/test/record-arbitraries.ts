/** Good orders as JSON, in every spelling that is allowed; none is canonical but by chance. */

import fc from 'fast-check';
import { organization } from './arbitraries.ts';

const PLAIN = { noNullPrototype: true } as const;

/** Well-formed, not empty, without control characters. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((one) => [...one].length <= 64),
  fc.constantFrom('*.example.com', '😀'.repeat(64), 'a'.repeat(64), ' ', '0'),
);

function numberOf(digits: number): fc.Arbitrary<string | number> {
  const padded = fc
    .tuple(fc.bigInt(1n, 10n ** BigInt(digits) - 1n), fc.nat(digits))
    .map(([number, width]) => String(number).padStart(width, '0'));
  return fc.oneof(padded, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
}

/** A moment in some zone, to some fraction of a second. */
const dateTime = fc
  .tuple(
    fc.integer({ min: 0, max: 4_000_000_000 }),
    fc.constantFrom('Z', 'z', '.5Z', '+02:00', '-11:30', '.123456+00:00'),
  )
  .map(([second, rest]) => new Date(second * 1000).toISOString().slice(0, 19) + rest);

const serialNumber = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.boolean())
  .map(([bytes, upper]) => (upper ? bytes.toHex().toUpperCase() : bytes.toHex()));

const certificateState = fc.oneof(
  fc.record(
    { certificateStatus: fc.constantFrom('Awaiting Validation', 'Awaiting Brand Validation') },
    PLAIN,
  ),
  fc.record({ certificateStatus: fc.constantFrom('Issued', 'Expired', 'Replaced'), serialNumber }, PLAIN),
  fc.record(
    { certificateStatus: fc.constant('Revoked'), certificateStatusReason: text, serialNumber },
    PLAIN,
  ),
  fc.record({ certificateStatus: fc.constant('Rejected'), certificateStatusReason: text }, PLAIN),
);

const check = fc.constantFrom('not-required', 'not-completed', 'completed', 'in-progress');

const certificateFields = fc.record(
  {
    certificateID: numberOf(16),
    objectType: text,
    FQDN: text,
    csrStatus: check,
    dcvStatus: check,
    ovCallBackStatus: check,
    organizationValidationStatus: check,
    freeDVUPStatus: check,
    evClickThroughStatus: check,
    caaStatus: check,
  },
  { ...PLAIN, requiredKeys: ['certificateID', 'objectType'] },
);

const certificate = fc
  .tuple(certificateFields, certificateState)
  .map(([fields, state]) => ({ ...fields, ...state }));

/** One organisation of the wire with the rules of a record: no control characters, a country of two letters. */
const organizationRecord = organization
  .map((details) => Object.keys(details))
  .chain((names) =>
    fc.record(
      Object.fromEntries(
        names.map((name) => [name, name === 'countryName' ? fc.constantFrom('GB', 'de') : text]),
      ),
      PLAIN,
    ),
  );

const suggestedOrgDetails = fc.oneof(
  fc.record({ status: fc.constantFrom('NotFound', 'NotYetCompleted', 'NotApplicable') }, PLAIN),
  fc.record(
    {
      status: fc.constant('Found'),
      organizations: fc.array(organizationRecord, { minLength: 1, maxLength: 3 }),
    },
    PLAIN,
  ),
);

const orderState = fc.oneof(
  fc.record({ orderStatus: fc.constantFrom('Pending', 'Completed', 'Cancelled') }, PLAIN),
  fc.record({ orderStatus: fc.constant('Rejected'), orderStatusReason: text }, PLAIN),
);

const orderFields = fc.record(
  {
    account: text,
    orderNumber: numberOf(18),
    orderDateTime: dateTime,
    replacesOrderNumber: numberOf(18),
    suggestedOrgDetails,
    certificates: fc.uniqueArray(certificate, {
      minLength: 1,
      maxLength: 5,
      selector: (one) => BigInt(one.certificateID),
    }),
  },
  { ...PLAIN, requiredKeys: ['account', 'orderNumber', 'orderDateTime', 'certificates'] },
);

/** An order that {@link readOrderRecord} takes. */
export const recordInput = fc
  .tuple(orderFields, orderState)
  .map(([fields, state]) => ({ ...fields, ...state }))
  .filter((order) => BigInt(order.orderNumber) !== BigInt(order.replacesOrderNumber ?? 0));
