/** Reading the bodies of requests. */

import type { IncomingMessage } from 'node:http';
import { parseJson as parse } from '@cert-order-status/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ACCEPTED_CODINGS, contentCodingOf } from '../http/content-coding.ts';
import { readBody } from '../http/read-body.ts';
import { allowBody, hasBody } from '../http/request-body.ts';
import { invalidRecord, Problem } from '../json-api/problem.ts';
import { NDJSON } from './batch-route.ts';

/** The largest JSON body of a route that does not take orders, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON and merge patches are read; nothing else is. */
export function readJsonBodies(
  api: Pick<FastifyInstance, 'addContentTypeParser' | 'removeAllContentTypeParsers' | 'addHook'>,
): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    async ({ routeOptions }: FastifyRequest, stream: IncomingMessage) => {
      const limitBytes = routeOptions.bodyLimit ?? BODY_LIMIT_BYTES;
      const body = await readBody(stream, limitBytes);
      if (body === 'too large') throw new Problem('too-large', `a body has at most ${limitBytes} bytes here`);
      if (body === 'aborted') throw new Problem('malformed-request', 'the body did not come to its end');
      if (body.length === 0) return undefined;
      return parseJson(body);
    },
  );
  api.addHook('preParsing', async ({ raw }, reply) => {
    const coding = contentCodingOf(raw.headers);
    if (coding !== undefined && hasBody(raw)) {
      reply.header('Accept-Encoding', ACCEPTED_CODINGS);
      throw new Problem('unsupported-media-type', 'the body has a Content-Encoding; send it without');
    }
    // Clients that wait for leave to send a body get it once it is known who they are.
    allowBody(raw, reply.raw);
  });
  api.addHook('preValidation', async ({ body, routeOptions }) => {
    if (body === undefined && routeOptions.schema?.body !== undefined)
      throw new Problem('malformed-request', 'the body is empty; this route needs one, see /openapi.json');
  });
}

/** NDJSON is handed on as it comes in. */
export function readNdjsonBodies(
  api: Pick<FastifyInstance, 'addContentTypeParser' | 'removeAllContentTypeParsers'>,
): void {
  api.removeAllContentTypeParsers();
  // A batch that stops before its end leaves the rest to the port, which also has the client's address for the log.
  api.addContentTypeParser(NDJSON, async (_request: unknown, stream: IncomingMessage) =>
    stream.iterator({ destroyOnReturn: false }),
  );
}

/** No message repeats anything of the body: it may hold a password. */
function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw new Problem('malformed-request', 'the body is not valid UTF-8');
  }
  const json = parse(text);
  if (json.ok) return json.value;
  if (json.isJson) throw invalidRecord([json.problem]);
  throw new Problem('malformed-request', `the body ${json.problem.message}`);
}
