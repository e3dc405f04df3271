import { readFileSync } from 'node:fs';
import { withoutByteOrderMark } from '@cert-order-status/protocol';

/**
 * Reads a file that people edit, as UTF-8, without the byte-order mark that some editors put in front.
 *
 * @param file its path, or an open descriptor.
 */
export function readTextFile(file: string | number): string {
  return withoutByteOrderMark(readFileSync(file, 'utf8'));
}
