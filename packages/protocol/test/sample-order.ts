/** An order as JSON from a file, with whatever a test changes in it. */

/** Fields to replace; undefined takes a field out. */
type Change = Readonly<Record<string, unknown>>;

const CERTIFICATE = {
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
};

const ORDER = {
  account: 'acme-hosting',
  orderNumber: '7250060',
  orderDateTime: '2025-06-11T11:57:00Z',
  orderStatus: 'Pending',
};

/** A pending order in canonical form. */
export function orderJson(change: Change = {}): Record<string, unknown> {
  return throughJson({ ...ORDER, certificates: [CERTIFICATE], ...change });
}

/** A certificate that awaits validation, in canonical form. */
export function certificateJson(change: Change = {}): Record<string, unknown> {
  return throughJson({ ...CERTIFICATE, ...change });
}

/** A pending order with one certificate, changed. */
export function orderOfCertificate(change: Change): Record<string, unknown> {
  return orderJson({ certificates: [certificateJson(change)] });
}

/** JSON has no undefined: such fields are gone. */
function throughJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
