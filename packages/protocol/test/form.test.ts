import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFormText, type FormPair, parseForm, parseFormText, withoutBodyFraming } from '../src/index.ts';
import { anyString, formBytes, wellFormedText } from './arbitraries.ts';
import { runs } from './runs.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function namesAndValues(pairs: readonly FormPair[]): [string, string][] {
  return pairs.map(({ name, value }) => [name, value]);
}

/** The platform's own parser. The & keeps it from dropping a leading question mark. */
function platformParse(form: string): [string, string][] {
  return [...new URLSearchParams(`&${form}`)];
}

/**
 * The same form in ASCII: the platform's parser takes no bytes, and Node.js's garbles a piece in which a character
 * outside ASCII stands beside an escape that is not UTF-8 (`é%FF`).
 */
function escapeNonAscii(form: Uint8Array): string {
  return Array.from(form, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16)}`)).join(
    '',
  );
}

describe('The order in which a request is judged: arguments are read from the body', () => {
  test('split at &, then at the first =', () => {
    assert.deepEqual(parseForm(bytes('a=1&b=2=3&c')), [
      { name: 'a', value: '1', isUtf8: true },
      { name: 'b', value: '2=3', isUtf8: true },
      { name: 'c', value: '', isUtf8: true },
    ]);
  });

  test('empty pieces are ignored', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('&&a=1&&&b=2&'))), [
      ['a', '1'],
      ['b', '2'],
    ]);
    assert.deepEqual(parseForm(bytes('')), []);
    assert.deepEqual(parseForm(bytes('&&&')), []);
  });

  test('an empty name is a name', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('=x&='))), [
      ['', 'x'],
      ['', ''],
    ]);
  });

  test('+ is a space, in names too', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('a+b=c++d%2B'))), [['a b', 'c  d+']]);
  });

  test('% and two hex digits in either case are a byte', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('%61=%c3%A9%26%3D'))), [['a', 'é&=']]);
  });

  test('% not followed by two hex digits stands for itself', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('a=100%&b=%4&c=%zz&d=%%41&e=%4g'))), [
      ['a', '100%'],
      ['b', '%4'],
      ['c', '%zz'],
      ['d', '%A'],
      ['e', '%4g'],
    ]);
  });

  test('a byte order mark is part of the text', () => {
    assert.deepEqual(namesAndValues(parseForm(bytes('a=%EF%BB%BFx'))), [['a', '\uFEFFx']]);
  });

  test('in names invalid UTF-8 becomes U+FFFD', () => {
    assert.deepEqual(parseForm(bytes('login%FFName=x')), [
      { name: 'login\uFFFDName', value: 'x', isUtf8: true },
    ]);
  });

  test('a value of invalid UTF-8 is told from a value that holds U+FFFD', () => {
    assert.deepEqual(parseForm(bytes('a=%FF&b=%EF%BF%BD&c=%EF%BF%BD%C3')), [
      { name: 'a', value: '\uFFFD', isUtf8: false },
      { name: 'b', value: '\uFFFD', isUtf8: true },
      { name: 'c', value: '\uFFFD\uFFFD', isUtf8: false },
    ]);
  });

  test('bytes outside ASCII need no escape', () => {
    assert.deepEqual(parseForm(new Uint8Array([0x61, 0x3d, 0xc3, 0xa9, 0x26, 0x62, 0x3d, 0xe9])), [
      { name: 'a', value: 'é', isUtf8: true },
      { name: 'b', value: '\uFFFD', isUtf8: false },
    ]);
  });
});

describe('The answer: serialised as the WHATWG URL standard does', () => {
  const written: [string, string, string][] = [
    ['a space', ' ', '+'],
    ['an apostrophe', "'", '%27'],
    ['an exclamation mark', '!', '%21'],
    ['a colon', ':', '%3A'],
    ['a tilde', '~', '%7E'],
    ['a plus', '+', '%2B'],
    ['a per cent sign', '%', '%25'],
    ['parentheses', '()', '%28%29'],
    ['an ampersand and an equals sign', '&=', '%26%3D'],
    ['a line break', '\r\n', '%0D%0A'],
    ['what is not ASCII, as UTF-8', 'é😀', '%C3%A9%F0%9F%98%80'],
    ['half a surrogate pair, as U+FFFD', '\uD83D', '%EF%BF%BD'],
    ['letters, digits and *-._, as they are', 'azAZ09*-._', 'azAZ09*-._'],
  ];
  for (const [what, text, encoded] of written) {
    test(what, () => assert.equal(encodeFormText(text), encoded));
  }
});

describe('Forms agree with the platform', () => {
  test('parseForm and URLSearchParams read any bytes alike', () => {
    fc.assert(
      fc.property(formBytes('a=b'), (form) => {
        assert.deepEqual(namesAndValues(parseForm(form)), platformParse(escapeNonAscii(form)));
      }),
      { numRuns: runs(1000) },
    );
  });

  test('parseFormText and URLSearchParams read any string alike', () => {
    fc.assert(
      fc.property(anyString, (form) => {
        assert.deepEqual(namesAndValues(parseFormText(form)), platformParse(escapeNonAscii(bytes(form))));
      }),
      { numRuns: runs(1000) },
    );
  });

  test('encodeFormText and URLSearchParams write any string alike', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        assert.equal(`v=${encodeFormText(text)}`, new URLSearchParams({ v: text }).toString());
      }),
      { numRuns: runs(1000) },
    );
  });

  test('isUtf8 agrees with a fatal TextDecoder on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (value) => {
        const escaped = Array.from(value, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        assert.deepEqual(
          parseFormText(`a=${escaped}`).map(({ isUtf8 }) => isUtf8),
          [isDecodable(value)],
        );
      }),
      { numRuns: runs(1000) },
    );
  });

  test('well-formed text survives encodeFormText and parseFormText', () => {
    fc.assert(
      fc.property(wellFormedText, wellFormedText, (name, value) => {
        const form = `${encodeFormText(name)}=${encodeFormText(value)}`;
        assert.deepEqual(parseFormText(form), [{ name, value, isUtf8: true }]);
      }),
    );
  });
});

function isDecodable(value: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(value);
    return true;
  } catch {
    return false;
  }
}

describe('withoutBodyFraming', () => {
  const text = (body: string) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(withoutBodyFraming(bytes(body)));

  test('takes one byte-order mark and one line end away, and nothing else', () => {
    for (const body of ['a=1', '\uFEFFa=1', 'a=1\n', 'a=1\r\n', '\uFEFFa=1\r\n'])
      assert.equal(text(body), 'a=1');
    assert.equal(text('\uFEFF\uFEFFa\n\n'), '\uFEFFa\n');
    assert.equal(text('a\r'), 'a\r');
    assert.equal(text('\uFEFF\n'), '');
    assert.equal(text(''), '');
  });

  test('leaves half a byte-order mark where it is', () => {
    assert.deepEqual(withoutBodyFraming(new Uint8Array([0xef, 0xbb])), new Uint8Array([0xef, 0xbb]));
  });
});
