/** Times: RFC 3339 in records, `YYYY-MM-DD HH:MM` on the wire, whole seconds since 1970 in between. */

const RFC_3339 =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;

const FIRST_SECOND = Date.parse('0000-01-01T00:00:00Z') / 1000;
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;

/**
 * The second that an RFC 3339 time falls in, or undefined when the text is not one, names a moment that does
 * not exist (30 February, a leap second), or lies outside the years 0000–9999 in UTC.
 */
export function parseDateTime(text: string): number | undefined {
  const [, date, time, zone] = RFC_3339.exec(text) ?? [];
  if (date === undefined || time === undefined || zone === undefined) return undefined;
  // Date.parse takes 30 February for 1 March, 24:00 for tomorrow and -25:00 for nonsense.
  const local = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString() !== `${date}T${time}.000Z`) return undefined;
  const offset = zoneOffset(zone);
  if (offset === undefined) return undefined;
  const second = local / 1000 - offset;
  return second >= FIRST_SECOND && second <= LAST_SECOND ? second : undefined;
}

function zoneOffset(zone: string): number | undefined {
  if (zone.length === 1) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The canonical RFC 3339 form, to the second in UTC: `2025-06-11T11:57:00Z`. */
export function formatDateTime(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
}

/** X_orderDateTime (spec, section 2.2) as this service writes it, in UTC to the minute: `2025-06-11 11:57`. */
export function formatOrderDateTime(second: number): string {
  const iso = new Date(second * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

/** The second since 1970 that a moment falls in: the ends of a validity period are written so. */
export function secondOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
