/** Reads a response strictly, to see in what it differs from the API's document. */

/** A parameter of a response. */
interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** A response body as a form. */
export interface FormReading {
  readonly parameters: readonly Parameter[];
  /** In what it is no form: pieces without `=`, invalid percent-encoding or UTF-8. */
  readonly problems: readonly string[];
  /** What precedes or follows the form, such as a line end. */
  readonly around: string | undefined;
  /** Whether the body is what the URL standard's serialiser makes of the parameters. */
  readonly isCanonical: boolean;
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BYTE_ORDER_MARK = '\ufeff';

/** Reads the bytes of a body as a form. */
export function readForm(body: Uint8Array): FormReading {
  const text = Buffer.from(body).toString('latin1');
  const start = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  let end = text.length;
  while (end > start && isLineEnd(text.charCodeAt(end - 1))) end--;
  const form = text.slice(start, end);
  const around = start > 0 ? 'a byte-order mark' : end < text.length ? 'a line end' : undefined;
  const problems: string[] = [];
  const parameters = form.split('&').flatMap((piece): Parameter[] => {
    if (piece === '') {
      problems.push('an empty piece between two &');
      return [];
    }
    const at = piece.indexOf('=');
    if (at === -1) problems.push(`'${piece.slice(0, 64)}' has no =`);
    const name = at === -1 ? piece : piece.slice(0, at);
    return [
      { name: decoded(name, problems), value: decoded(at === -1 ? '' : piece.slice(at + 1), problems) },
    ];
  });
  const canonical = new URLSearchParams(parameters.map(({ name, value }) => [name, value])).toString();
  return { parameters, problems, around, isCanonical: canonical === form };
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

function decoded(text: string, problems: string[]): string {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2b) bytes.push(0x20);
    else if (code === 0x25 && /^[0-9A-Fa-f]{2}$/.test(text.slice(index + 1, index + 3))) {
      bytes.push(Number.parseInt(text.slice(index + 1, index + 3), 16));
      index += 2;
    } else {
      if (code === 0x25) problems.push(`'${text.slice(index, index + 3)}' is not a percent-encoded byte`);
      bytes.push(code);
    }
  }
  try {
    const value = STRICT.decode(Uint8Array.from(bytes));
    return value.startsWith(BYTE_ORDER_MARK) ? value.slice(1) : value;
  } catch {
    problems.push(`'${text.slice(0, 64)}' is not UTF-8`);
    return Buffer.from(bytes).toString('latin1');
  }
}

/** The value of a parameter that occurs once or more; the first counts. */
export function parameterOf(form: FormReading, name: string): string | undefined {
  return form.parameters.find((each) => each.name === name)?.value;
}
