/** Many orders in one request: NDJSON in, NDJSON out. */

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { Problem, type ProblemDocument, problemOf } from '../json-api/problem.ts';
import { type Line, readLines } from '../maintenance/import/lines.ts';
import { readLine } from '../maintenance/import/read-line.ts';
import type { Author } from '../orders/change.ts';
import { type ChangeRequest, putOrder } from '../orders/change-request.ts';
import type { Adjustment, Exemption, RuleName } from '../orders/rules.ts';
import { NotAuthenticated } from './authentication.ts';
import { etagOf } from './preconditions.ts';
import { type RouteParts, responses } from './route.ts';
import { force } from './schemas.ts';

export const NDJSON = 'application/x-ndjson';

const LINES_LIMIT = 100_000;
/**
 * How many bytes of results wait in memory for clients that read them only when they have sent everything: those of a
 * batch of {@link LINES_LIMIT} good lines fit. With more, the batch goes on when they are read.
 */
const RESULTS_LIMIT_BYTES = 16 * 1024 * 1024;
/** How many lines, at most, share a transaction; and how many bytes, before it is begun. */
const CHUNK_LINES = 500;
const CHUNK_BYTES = 4 * 1024 * 1024;

interface Result {
  readonly line?: number;
  readonly orderNumber?: string;
  readonly result: 'created' | 'changed' | 'unchanged' | 'refused' | 'blank' | 'stopped';
  readonly etag?: string;
  /** The rules that adjusted the order. */
  readonly adjustedBy?: readonly RuleName[];
  readonly problem?: ProblemDocument;
}

/** Adds the route. */
export function batchRoute(api: Api, parts: RouteParts): void {
  api.post(
    '/v1/orders::batch',
    {
      config: { scope: 'write' },
      schema: {
        operationId: 'putOrders',
        summary: 'Create orders, or replace them whole, one a line',
        description: `Every line is an order, as PUT takes it; orders that are replaced come before those that replace them. The response has one line for each, in the same order, sent as soon as the change is committed; a refused line does not affect the others. At most ${LINES_LIMIT} lines. Repeating it changes nothing, so a batch that was interrupted can be sent again.`,
        consumes: [NDJSON],
        querystring: Type.Object({ force }, { additionalProperties: false }),
        body: Type.Unsafe<AsyncIterable<Uint8Array>>({ description: 'NDJSON of OrderRecord.' }),
        response: responses(
          {
            200: {
              description: 'One result a line.',
              content: { [NDJSON]: { schema: Type.Ref('BatchResult#') } },
            } as never,
          },
          'unsupported-media-type',
        ),
      },
    },
    async (request, reply) => {
      const { force: reason } = request.query;
      const exemption = reason === undefined ? undefined : ({ kind: 'forced', reason } as const);
      const output = new PassThrough();
      // Up to the limit not waited for: a client who reads nothing until all is sent would wait for it in turn.
      const emit = async (results: readonly Result[]) => {
        for (const result of results) output.write(`${JSON.stringify(result)}\n`);
        if (output.writableLength <= RESULTS_LIMIT_BYTES) return;
        parts.onLimit('batchResults');
        await Promise.race([once(output, 'drain'), once(output, 'close')]);
      };
      const confirm = () => parts.confirmToken(request);
      void applyLines(request.body, request.author, exemption, parts, confirm, emit)
        .catch((error) => {
          if (output.destroyed) return undefined;
          return emit([{ result: 'stopped', problem: stopping(error, request.log).document }]);
        })
        .finally(() => output.end());
      return reply.type(NDJSON).send(output);
    },
  );
}

async function applyLines(
  input: AsyncIterable<Uint8Array>,
  by: Author,
  exemption: Exemption | undefined,
  { store: { orders: orderStore }, watch }: RouteParts,
  confirm: () => Promise<void>,
  emit: (results: readonly Result[]) => Promise<void>,
): Promise<void> {
  let results: Result[] = [];
  let pending: { readonly request: ChangeRequest; readonly index: number }[] = [];
  let bytes = 0;
  const flush = async () => {
    if (pending.length > 0) {
      await confirm();
      const outcomes = await orderStore.change(
        pending.map(({ request }) => request),
        by,
        { exemption },
      );
      watch.poke();
      for (const [at, { index }] of pending.entries()) {
        const { line, orderNumber } = results[index] as Result;
        const outcome = outcomes[at] as (typeof outcomes)[number];
        results[index] = {
          line,
          orderNumber,
          result: outcome.kind,
          ...(outcome.kind === 'refused'
            ? { problem: problemOf(outcome.refusal).document }
            : { etag: etagOf(outcome.order.version), ...adjustedBy(outcome.adjustments) }),
        } as Result;
      }
    }
    await emit(results);
    results = [];
    pending = [];
    bytes = 0;
  };
  for await (const line of readLines(input)) {
    if (line.number > LINES_LIMIT) {
      await flush();
      const { document } = new Problem(
        'too-large',
        `a batch has at most ${LINES_LIMIT} lines; send the rest in another`,
      );
      await emit([{ result: 'stopped', problem: document }]);
      return;
    }
    const read = readOrder(line);
    if ('request' in read) {
      pending.push({ request: read.request, index: results.length });
      results.push({ line: line.number, orderNumber: read.request.orderNumber, result: 'refused' });
    } else {
      results.push(read.result);
    }
    bytes += line.bytes?.length ?? 0;
    if (results.length >= CHUNK_LINES || bytes >= CHUNK_BYTES) await flush();
  }
  await flush();
}

function adjustedBy(adjustments: readonly Adjustment[]): Pick<Result, 'adjustedBy'> {
  const rules = new Set(adjustments.map(({ rule }) => rule));
  return rules.size === 0 ? {} : { adjustedBy: [...rules] };
}

/** Why nothing comes after the results so far. */
function stopping(error: unknown, log: FastifyBaseLogger): Problem {
  if (error instanceof NotAuthenticated) {
    return new Problem('unauthorized', `${error.message}; what has no result was not applied`);
  }
  log.error({ err: error }, 'a batch failed');
  return new Problem('internal-error', 'what has no result was not applied; send it again');
}

function readOrder(line: Line): { readonly request: ChangeRequest } | { readonly result: Result } {
  const content = readLine(line);
  if (content === undefined) return { result: { line: line.number, result: 'blank' } };
  if ('record' in content) return { request: putOrder(content.record) };
  const { document } = new Problem('invalid-record', content.problem);
  return { result: { line: line.number, result: 'refused', problem: document } };
}
