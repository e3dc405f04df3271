import { InvalidArgumentError } from 'commander';

/** How much a command lists, of `--limit`. */
export function limitOf(given: string): number {
  if (/^[0-9]{1,7}$/.test(given) && Number(given) > 0) return Number(given);
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
}
