/** The fields of orders and certificates as pages name and show them. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import { CHECK_LABELS, shownTime } from './labels.ts';

/** Fields that the page shows elsewhere, or not at all. */
type NotShown = 'account' | 'orderNumber' | 'certificateID' | 'certificates';

/** What each field of an order and of a certificate is called; the type check asks for a label of every field. */
export const FIELD_LABELS: Readonly<
  Record<Exclude<keyof OrderRecord | keyof CertificateRecord, NotShown>, string>
> = {
  orderDateTime: 'Order date',
  orderStatus: 'Order',
  orderStatusReason: 'Reason',
  replacesOrderNumber: 'Replaces order',
  suggestedOrgDetails: 'Suggested organisations',
  objectType: 'Type',
  FQDN: 'Domain name',
  certificateStatus: 'Certificate',
  certificateStatusReason: 'Reason',
  serialNumber: 'Serial number',
  notBefore: 'Valid from',
  notAfter: 'Valid until',
  ...CHECK_LABELS,
  slId: 'Site seal',
  slSiteIds: 'Sites of the site seal',
  qualysCreationDate: 'Vulnerability scan since',
  qualysExpirationDate: 'Vulnerability scan until',
  upsTrackingID: 'Tracking number',
  shippingOrganizationName: 'Shipping: organisation',
  shippingOrganizationalUnitName: 'Shipping: department',
  shippingStreetAddress1: 'Shipping: address, line 1',
  shippingStreetAddress2: 'Shipping: address, line 2',
  shippingStreetAddress3: 'Shipping: address, line 3',
  shippingLocalityName: 'Shipping: town',
  shippingStateOrProvinceName: 'Shipping: state or province',
  shippingPostalCode: 'Shipping: postal code',
  shippingCountry: 'Shipping: country',
  shippingTitle: 'Shipping: title',
  shippingForename: 'Shipping: first name',
  shippingSurname: 'Shipping: last name',
  shippingEmail: 'Shipping: e-mail',
  shippingPhone: 'Shipping: telephone',
};

/** The value of a field for people. */
export function fieldValue(field: string, value: unknown): string {
  return field === 'notBefore' || field === 'notAfter' ? shownTime(String(value)) : String(value);
}
