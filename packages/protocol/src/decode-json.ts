/** Responses in JSON (responseFormat=2), read as the parameters that a form would hold. */

import { encodeFormText } from './form.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const WHITE_SPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** Whether a body is meant as a JSON object; no form of this API begins with a brace. */
export function looksLikeJson(body: Uint8Array): boolean {
  const start = BYTE_ORDER_MARK.every((byte, at) => body[at] === byte) ? BYTE_ORDER_MARK.length : 0;
  return body[body.findIndex((byte, at) => at >= start && !WHITE_SPACE.includes(byte))] === OPENING_BRACE;
}

/** Whether a JSON body is incomplete: it ends before its last brace. */
export function endsBeforeBrace(body: Uint8Array): boolean {
  return body[body.findLastIndex((byte) => !WHITE_SPACE.includes(byte))] !== CLOSING_BRACE;
}

/**
 * The parameters of a JSON response under the names that they have in a form: `orders[0].certificates[1].FQDN` is
 * `1_2_FQDN`, and suggestedOrgDetails becomes its nested form. Texts, numbers (with all their digits) and truth values
 * become texts, null is absent, and lists and objects that the API does not have are JSON. Names that are a form's
 * already stay as they are. Undefined for what is no JSON object.
 */
export function parametersOfJson(body: Uint8Array): Map<string, string> | undefined {
  let response: unknown;
  try {
    response = JSON.parse(new TextDecoder().decode(body), numbersAsWritten);
    return isObject(response) ? flattened(response) : undefined;
  } catch {
    // Not JSON, or nested too deeply to be a response.
    return undefined;
  }
}

/**
 * A number as the text that it is written with, where the platform tells: an order number may have more digits than a
 * number holds.
 */
function numbersAsWritten(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}

function flattened(response: JsonObject): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(response)) {
    if (name === 'orders' && Array.isArray(value)) {
      for (const [x, order] of value.entries()) putOrder(parameters, x + 1, order);
    } else {
      put(parameters, name, value);
    }
  }
  return parameters;
}

function putOrder(parameters: Map<string, string>, x: number, order: unknown): void {
  if (!isObject(order)) put(parameters, String(x), order);
  else for (const [name, value] of Object.entries(order)) putOrderField(parameters, x, name, value);
}

function putOrderField(parameters: Map<string, string>, x: number, name: string, value: unknown): void {
  if (name === 'certificates' && Array.isArray(value)) {
    for (const [at, certificate] of value.entries()) putFields(parameters, `${x}_${at + 1}`, certificate);
  } else if (name === 'suggestedOrgDetails' && isObject(value)) {
    put(parameters, `${x}_${name}`, nestedForm(value));
  } else {
    put(parameters, `${x}_${name}`, value);
  }
}

/** The fields of a certificate or of an organisation. */
function putFields(parameters: Map<string, string>, prefix: string, object: unknown): void {
  if (!isObject(object)) put(parameters, prefix, object);
  else for (const [name, value] of Object.entries(object)) put(parameters, `${prefix}_${name}`, value);
}

/** `Status=Found&1_organizationName=…`, as a form has it with nested suggestions. */
function nestedForm(details: JsonObject): string {
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(details)) {
    if (name === 'organizations' && Array.isArray(value)) {
      for (const [at, organization] of value.entries()) putFields(pairs, String(at + 1), organization);
    } else {
      put(pairs, name, value);
    }
  }
  return [...pairs].map(([name, value]) => `${encodeFormText(name)}=${encodeFormText(value)}`).join('&');
}

/** Empty equals absent; of a name given twice the first counts. */
function put(parameters: Map<string, string>, name: string, value: unknown): void {
  if (value === null || value === '' || parameters.has(name)) return;
  parameters.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
