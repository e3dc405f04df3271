/** At night, which `npm test -- --long` says, properties are tried on as many inputs as they name, by day on fewer. */
export const isNight = process.env['FUZZ_RUNS'] !== undefined;
const BY_DAY = 1 / 5;

/** On how many inputs a property is tried that is tried on so many at night. */
export function runs(atNight: number): number {
  return isNight ? atNight : Math.ceil(atNight * BY_DAY);
}
