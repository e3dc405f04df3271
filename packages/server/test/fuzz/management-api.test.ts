import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROBLEMS } from '../../src/json-api/problem.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { fuzz } from './fuzzing.ts';
import { type Schema, valuesOf } from './schema-values.ts';

interface Operation {
  readonly method: string;
  /** `/v1/orders/{orderNumber}`. */
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly body?: Schema;
  readonly statuses: ReadonlySet<string>;
}

test('whatever the management API is asked, it answers with what its OpenAPI document says', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const { json: document } = await service.manage('GET /openapi.json');
  const { schemas } = document.components;
  const operations = operationsOf(document);
  const generated = fc.constantFrom(...operations).chain((operation) => requestsOf(operation, schemas));
  const seen = await fuzz(t, {
    name: 'management-api',
    generated,
    async send(input) {
      const [head = '', ...rest] = input.toString().split('\n\n');
      const [line = '', contentType = ''] = head.split('\n');
      const [, method = '', path = ''] = /^(GET|PUT|POST|PATCH|DELETE) (\/[!-~]*)$/.exec(line) ?? [];
      // What no client can send is for another fuzzer; whoever waits for changes waits for long.
      if (path === '' || /[?&]wait=/.test(path) || !/^[!-~]*$/.test(contentType)) return 'not sent';
      const body = rest.join('\n\n');
      const {
        status,
        headers,
        body: text,
      } = await sendRequest({
        scheme: 'https',
        port: service.managementPort ?? 0,
        method,
        path,
        headers: {
          Authorization: `Bearer ${service.tokens.admin}`,
          'Content-Type': contentType,
          'Content-Length': Buffer.byteLength(body),
        },
        body,
      });
      const operation = operations.find((each) => each.method === method && matches(each.path, path));
      const expected = operation?.statuses ?? new Set(['303', '400', '404', '415']);
      assert.ok(expected.has(String(status)), `${line}: ${status} ${text}`);
      assert.ok(status < 500, text);
      if (!String(headers['content-type']).startsWith('application/problem+json'))
        return `${operation?.path} ${status}`;
      const problem = JSON.parse(text);
      const kind = problem.type.replace('urn:problem-type:cert-order-status:', '');
      assert.equal(PROBLEMS[kind as keyof typeof PROBLEMS].status, status);
      const [{ rule = '' } = {}] = problem.errors ?? [];
      return `${operation?.method} ${operation?.path} ${kind} ${rule}`;
    },
  });
  for (const status of ['200', '201', '204'].slice(0, 2)) {
    assert.ok(
      [...seen].some((kind) => kind.endsWith(` ${status}`)),
      `nothing came to ${status}`,
    );
  }
  const { status } = await service.manage('GET /v1/orders?limit=1');
  assert.equal(status, 200);
});

// biome-ignore lint/suspicious/noExplicitAny: a JSON document
function operationsOf(document: any): readonly Operation[] {
  return Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document
    Object.entries<any>(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const body = requestBody?.content?.['application/json']?.schema;
      return {
        method: method.toUpperCase(),
        path,
        parameters,
        ...(body !== undefined && { body }),
        statuses: new Set(Object.keys(responses)),
      };
    }),
  );
}

/** The first lines say what is asked for, and the type of the body, which comes after an empty line. */
function requestsOf(
  { method, path, parameters, body }: Operation,
  schemas: Readonly<Record<string, Schema>>,
): fc.Arbitrary<Buffer> {
  const given = Object.fromEntries(parameters.map(({ name, schema }) => [name, valuesOf(schema, schemas)]));
  const needed = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
  const contentType = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('application/json', 'application/merge-patch+json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/x-ndjson', '') },
  );
  return fc
    .tuple(
      fc.record(given, { requiredKeys: needed }),
      contentType,
      body === undefined ? fc.constant(undefined) : valuesOf(body, schemas),
    )
    .map(([values, type, content]) => {
      const asked = path.replace(/\{(\w+)\}/g, (_all, name) => encode(values[name]) || '0');
      const query = parameters
        .filter((each) => each.in === 'query' && each.name in values)
        .map(({ name }) => `${name}=${encode(values[name])}`)
        .join('&');
      const text = content === undefined ? '' : JSON.stringify(content);
      return Buffer.from(`${method} ${asked}${query && `?${query}`}\n${type}\n\n${text}`);
    });
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return encodeURIComponent(text.toWellFormed());
}

function matches(template: string, path: string): boolean {
  const [plain = ''] = path.split('?', 1);
  const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(plain);
}
