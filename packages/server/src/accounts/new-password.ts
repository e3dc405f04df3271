/** What a new password may be, and one of chance. */

import { randomInt } from 'node:crypto';
import { codePointLength, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';

/** Letters and digits that are not easily confused. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GENERATED_LENGTH = 24;

/** The fewest characters (code points) of a new password. */
export const NEW_PASSWORD_MINIMUM = 12;

/** A password of chance, about 139 bits. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/**
 * The fewest characters of a new password on the command line, where operators bring the passwords that their customers
 * have.
 */
export const BROUGHT_PASSWORD_MINIMUM = 1;

/**
 * Why a text cannot become the password of an account, or undefined. Passwords that accounts have already go on
 * working, whatever their length.
 *
 * @param minimumLength in code points.
 */
export function newPasswordProblem(
  password: string,
  minimumLength = NEW_PASSWORD_MINIMUM,
): string | undefined {
  const problem = passwordProblem(password);
  if (problem !== undefined) return problem;
  return codePointLength(password) < minimumLength ? `has fewer than ${minimumLength} characters` : undefined;
}

/** Why a text cannot be a password at all, or undefined. */
function passwordProblem(password: string): string | undefined {
  if (password === '') return 'is empty';
  if (password.includes('\0')) return 'holds U+0000, which the API does not allow';
  if (password.includes('\uFFFD')) return 'is not valid UTF-8';
  if (codePointLength(password) > LOGIN_PASSWORD_LIMIT) {
    return `is longer than the ${LOGIN_PASSWORD_LIMIT} characters that the API allows`;
  }
  return undefined;
}
