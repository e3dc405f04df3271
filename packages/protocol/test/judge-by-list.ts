/**
 * The rules for arguments as PROTOCOL tells them, over a list of all arguments: slow, and written without regard to
 * how `status-request.ts` goes about it, to compare the two.
 */

import {
  type ApiError,
  type ArgumentName,
  asciiLowerCase,
  CERTIFICATE_ID_DIGITS,
  type FormPair,
  invalidArgument,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
  missingArgument,
  ORDER_NUMBER_DIGITS,
  parseForm,
  type ServedRevision,
  type StatusQuery,
  type StatusRequestResult,
  unrecognisedArgument,
  type Writable,
} from '../src/index.ts';

const NAMES_OF_1_2 = ['loginName', 'loginPassword', 'orderNumber', 'certificateID', 'queryType'] as const;
const NAMES: Record<ServedRevision, readonly ArgumentName[]> = {
  '1.2': NAMES_OF_1_2,
  '1.10': [...NAMES_OF_1_2, 'showValidityPeriod', 'responseFormat'],
};

/** What a body comes to. */
export function judgeByList(body: Uint8Array, revision: ServedRevision): StatusRequestResult {
  const pairs = parseForm(body);
  const names = NAMES[revision];
  const given = new Map(
    names.map((name) => [name, pairs.filter((pair) => asciiLowerCase(pair.name) === asciiLowerCase(name))]),
  );
  const formats = given.get('responseFormat') ?? [];
  const responseFormat = formats.length === 1 && formats[0]?.value === '2' ? 'json' : 'form';
  const known = names.map(asciiLowerCase);
  const unrecognised = pairs.find(({ name }) => !known.includes(asciiLowerCase(name)));
  const error =
    unrecognised === undefined ? problemOf(given, names) : unrecognisedArgument(unrecognised.name);
  if (error !== undefined) return { ok: false, error, responseFormat };
  const text = (name: ArgumentName) => given.get(name)?.[0]?.value ?? '';
  const query: Writable<StatusQuery> = { queryType: ([0, 1, 2] as const)[Number(text('queryType'))] ?? 0 };
  if (text('orderNumber') !== '') query.orderNumber = text('orderNumber').replace(/^0+/, '');
  if (text('certificateID') !== '') query.certificateID = text('certificateID').replace(/^0+/, '');
  if (/^y$/i.test(text('showValidityPeriod'))) query.showValidityPeriod = true;
  const credentials = { loginName: text('loginName'), loginPassword: text('loginPassword') };
  return { ok: true, request: { credentials, query }, responseFormat };
}

function problemOf(
  given: ReadonlyMap<ArgumentName, readonly FormPair[]>,
  names: readonly ArgumentName[],
): ApiError | undefined {
  const hasValue = (name: ArgumentName) => given.get(name)?.some(({ value }) => value !== '') ?? false;
  if (!hasValue('loginName')) return missingArgument('loginName');
  if (!hasValue('loginPassword')) return missingArgument('loginPassword');
  if (!hasValue('orderNumber') && !hasValue('certificateID')) return missingArgument('orderNumber');
  if (!hasValue('queryType')) return missingArgument('queryType');
  const invalid = names.find((name) => {
    const [only, ...more] = given.get(name) ?? [];
    if (only === undefined) return false;
    return more.length > 0 || !only.isUtf8 || only.value.includes('\0') || !isValid(name, only.value);
  });
  return invalid && invalidArgument(invalid);
}

function isValid(name: ArgumentName, value: string): boolean {
  switch (name) {
    case 'loginName':
      return [...value].length <= LOGIN_NAME_LIMIT;
    case 'loginPassword':
      return [...value].length <= LOGIN_PASSWORD_LIMIT;
    case 'orderNumber':
      return value === '' || isNumber(value, ORDER_NUMBER_DIGITS);
    case 'certificateID':
      return value === '' || isNumber(value, CERTIFICATE_ID_DIGITS);
    case 'queryType':
      return /^[012]$/.test(value);
    case 'showValidityPeriod':
      return /^[YyNn]?$/.test(value);
    case 'responseFormat':
      return /^[12]?$/.test(value);
  }
}

function isNumber(value: string, limitDigits: number): boolean {
  return /^[0-9]+$/.test(value) && value.length <= limitDigits && BigInt(value) > 0n;
}
