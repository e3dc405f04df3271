import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ApiError,
  decodeResponse,
  encodeApiError,
  invalidArgument,
  missingArgument,
  NOT_HTTPS,
  NOT_POST,
  PERMISSION_DENIED,
  UNKNOWN_ERROR,
  unrecognisedArgument,
} from '../src/index.ts';

interface Row {
  readonly error: ApiError;
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly argument?: string;
  readonly body: string;
}

const ROWS: readonly Row[] = [
  {
    error: NOT_HTTPS,
    errorCode: -1,
    errorMessage: 'Request was not made over https!',
    body: 'errorCode=-1&errorMessage=Request+was+not+made+over+https%21',
  },
  {
    error: unrecognisedArgument('xxxx'),
    errorCode: -2,
    errorMessage: "'xxxx' is an unrecognised argument!",
    argument: 'xxxx',
    body: 'errorCode=-2&errorMessage=%27xxxx%27+is+an+unrecognised+argument%21',
  },
  {
    error: missingArgument('loginPassword'),
    errorCode: -3,
    errorMessage: "The 'loginPassword' argument is missing",
    argument: 'loginPassword',
    body: 'errorCode=-3&errorMessage=The+%27loginPassword%27+argument+is+missing',
  },
  {
    error: invalidArgument('certificateID'),
    errorCode: -4,
    errorMessage: "The value of the 'certificateID' argument is invalid!",
    argument: 'certificateID',
    body: 'errorCode=-4&errorMessage=The+value+of+the+%27certificateID%27+argument+is+invalid%21',
  },
  {
    error: UNKNOWN_ERROR,
    errorCode: -14,
    errorMessage: 'An unknown error occurred!',
    body: 'errorCode=-14&errorMessage=An+unknown+error+occurred%21',
  },
  {
    error: PERMISSION_DENIED,
    errorCode: -16,
    errorMessage: 'Permission denied!',
    body: 'errorCode=-16&errorMessage=Permission+denied%21',
  },
  {
    error: NOT_POST,
    errorCode: -17,
    errorMessage: 'Request used GET rather than POST!',
    body: 'errorCode=-17&errorMessage=Request+used+GET+rather+than+POST%21',
  },
];

for (const { error, body, ...read } of ROWS) {
  describe(`The spec, section 2.2: errorCode ${read.errorCode} = ${read.errorMessage}`, () => {
    test('the code and the text, letter for letter', () => {
      assert.deepEqual(error, { errorCode: read.errorCode, errorMessage: read.errorMessage });
    });

    test('the answer holds errorCode and errorMessage and nothing else', () => {
      assert.equal(encodeApiError(error), body);
    });

    test('the client reads it', () => {
      assert.deepEqual(decodeResponse(new TextEncoder().encode(body)), { kind: 'error', ...read });
    });
  });
}
