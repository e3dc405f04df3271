/** Which certificate of an order is which, from one state of the order to the next, and what messages call it. */

import type { CertificateRecord } from '@cert-order-status/protocol';

/** A certificate as far as it is told apart from others. */
type Identified = Pick<CertificateRecord, 'certificateID'>;

/**
 * For each certificate of a later state its index in the earlier one; undefined for one that is new. Certificates with
 * an ID are told apart by it, wherever they are listed; those without by their place among those without. When fewer
 * are without one than before, a certificate with a new ID is the one without that was in the same place: it has
 * gained its ID.
 */
export function matchCertificates(
  earlier: readonly Identified[],
  later: readonly Identified[],
): readonly (number | undefined)[] {
  const places = new Map<string, number>();
  const unnamed: number[] = [];
  for (const [index, { certificateID }] of earlier.entries()) {
    if (certificateID === undefined) unnamed.push(index);
    else places.set(certificateID, index);
  }
  let gaining = unnamed.length - later.filter(({ certificateID }) => certificateID === undefined).length;
  const gained = new Set<number>();
  const withID = later.map(({ certificateID }, index) => {
    if (certificateID === undefined) return undefined;
    const place = places.get(certificateID);
    if (place !== undefined) return place;
    const before = earlier[index];
    if (gaining <= 0 || before === undefined || before.certificateID !== undefined) return undefined;
    gaining--;
    gained.add(index);
    return index;
  });
  const left = unnamed.filter((index) => !gained.has(index)).values();
  return later.map(({ certificateID }, index) =>
    certificateID === undefined ? left.next().value : withID[index],
  );
}

/**
 * What messages call a certificate: by its ID where there is one.
 *
 * @param number within its order, from 1.
 */
export function certificateName({ certificateID }: Identified, number: number): string {
  return certificateID === undefined ? `certificate number ${number}` : `certificate ${certificateID}`;
}
