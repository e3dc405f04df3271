/** Which certificates of a response are which of those that are known: responses have no certificate IDs. */

import type { CertificateRecord } from '@cert-order-status/protocol';

type Numbered = Pick<CertificateRecord, 'serialNumber'>;

/**
 * For each certificate received its index in the record: that of the known certificate which it is, or, for a new one,
 * one behind all known ones. Undefined for those that no longer fit in.
 *
 * They are matched by serial number, then by place, unless both have serial numbers, which then differ: the one is new,
 * the other stays as last known. New ones get the index of their place, where it is free, so that the same response
 * matches the same certificates the next time.
 *
 * @param received each serial number at most once.
 * @param limit how many certificates the record may hold; no fewer than are received, or known.
 */
export function matchReceived(
  known: readonly Numbered[],
  received: readonly Numbered[],
  limit: number,
): readonly (number | undefined)[] {
  const indexes: (number | undefined)[] = received.map(() => undefined);
  const taken = new Set<number>();
  const match = (place: number, index: number) => {
    indexes[place] = index;
    taken.add(index);
  };
  const unmatched = () => [...indexes.keys()].filter((place) => indexes[place] === undefined);

  const bySerialNumber = new Map<string, number>();
  for (const [index, { serialNumber }] of known.entries()) {
    if (serialNumber !== undefined && !bySerialNumber.has(serialNumber))
      bySerialNumber.set(serialNumber, index);
  }
  for (const [place, { serialNumber }] of received.entries()) {
    const index = serialNumber === undefined ? undefined : bySerialNumber.get(serialNumber);
    if (index !== undefined) match(place, index);
  }

  for (const place of unmatched()) {
    const there = known[place];
    if (there === undefined || taken.has(place)) continue;
    if (there.serialNumber === undefined || received[place]?.serialNumber === undefined) match(place, place);
  }

  // Their places are taken by others, which have come there since: so they are those that others have left.
  const left = [...known.keys()].filter(
    (index) => !taken.has(index) && known[index]?.serialNumber === undefined,
  );
  for (const place of unmatched()) {
    const index = left.shift();
    if (index !== undefined) match(place, index);
  }

  const fresh = unmatched();
  const behind = fresh.filter((place) => place >= known.length);
  const displaced = fresh.filter((place) => place < known.length);
  const fitting = new Set([...behind, ...displaced.slice(0, limit - known.length - behind.length)]);
  const end = known.length + fitting.size;
  for (const place of behind) if (place < end) match(place, place);
  let next = known.length;
  for (const place of unmatched()) {
    if (!fitting.has(place)) continue;
    while (taken.has(next)) next++;
    match(place, next);
  }
  return indexes;
}
