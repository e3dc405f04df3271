/** What the management API and the customer API have in common: JSON by Fastify, and errors as problem documents. */

import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaCompiler,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { type TSchema, Type } from 'typebox';
import { AdminError } from '../accounts/admin-error.ts';
import { RouteMethods } from '../http/route-methods.ts';
import { SecretUnavailable } from '../secrets/secret-unavailable.ts';
import { StoreBusy, StoreUnavailable } from '../store/store.ts';
import { PROBLEMS, Problem, type ProblemKind, problemOfAdminError } from './problem.ts';
import { ValidationProblems } from './validation.ts';

const RETRY_AFTER = '1';
/** What the log says of a defect, and of a database that is unavailable. */
const FAILED = 'a request of a JSON API failed';

/** Headers of every response. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000',
};

/** A JSON API; its routes are added to it. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What a JSON API is made of. */
interface JsonApiParts {
  readonly logger: Logger;
  /** The schemas that others refer to. */
  readonly components: readonly TSchema[];
  /** Made of the same components: what is compiled of a schema is compiled once, for all instances. */
  readonly validators: FastifySchemaCompiler<unknown>;
  /** The path of the OpenAPI document, which errors name. */
  readonly documentPath: string;
  readonly bodyLimitBytes: number;
  readonly onProblem?: (problem: Problem) => void;
}

/** Makes a JSON API without routes. */
export function newJsonApi({
  logger,
  components,
  validators,
  documentPath,
  bodyLimitBytes,
  onProblem = () => {},
}: JsonApiParts): Api {
  const loggerInstance: FastifyBaseLogger = logger;
  const api: Api = fastify({
    loggerInstance,
    // Each API writes a line a request itself, with the names of this project.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) =>
      // No hook runs before this.
      sendProblem(new Problem('malformed-request', 'the address cannot be read'), reply.headers(HEADERS)),
    bodyLimit: bodyLimitBytes,
    // A login name may take three bytes a character in the address.
    routerOptions: { maxParamLength: 1024 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  api.setValidatorCompiler(validators);
  // Responses are what the handlers return; schemas describe them and remove nothing.
  api.setSerializerCompiler(() => JSON.stringify);
  for (const component of components) api.addSchema(component);
  api.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS);
  });
  const methods = new RouteMethods();
  api.addHook('onRoute', (route) => methods.add(route.method, route.url));
  api.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = problemFor(error, request, documentPath);
    onProblem(problem);
    return sendProblem(problem, reply);
  });
  api.setNotFoundHandler(({ url }, reply) => {
    const allowed = methods.allowed(url);
    if (allowed === undefined) {
      const detail = `there is no such route; ${documentPath} has them all`;
      return sendProblem(new Problem('not-found', detail), reply);
    }
    const detail = `the path has the methods ${allowed}; ${documentPath} has all routes`;
    return sendProblem(new Problem('method-not-allowed', detail), reply.header('Allow', allowed));
  });
  return api;
}

/** What the OpenAPI document says beside the routes. */
interface Description {
  readonly title: string;
  readonly description: string;
  readonly securitySchemes: Record<string, { type: 'http'; scheme: string; description: string }>;
  /** Requests that the service sends to others. */
  readonly webhooks?: Readonly<Record<string, object>>;
}

/** Makes `api.swagger()` return the OpenAPI document (3.1); to be called before the routes are added. */
export async function describeApi(
  api: Api,
  { title, description, securitySchemes, webhooks = {} }: Description,
): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description },
      components: { securitySchemes },
      webhooks,
    },
    refResolver: {
      buildLocalReference: (schema, _baseUri, _fragment, index) => String(schema['$id'] ?? `schema-${index}`),
    },
  });
}

/** The JSON responses of a route for its description: successful ones, and its problems. */
export function responsesWith(
  good: Readonly<Record<number, TSchema>>,
  problems: readonly ProblemKind[],
): Record<number, TSchema> {
  const byStatus = new Map<number, string[]>();
  for (const kind of problems) {
    const { status, title } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${kind}: ${title}.`]);
  }
  const documents = [...byStatus].map(([status, lines]) => {
    const content = { 'application/problem+json': { schema: Type.Ref('Problem#') } };
    return [status, { description: lines.join(' '), content }];
  });
  return { ...Object.fromEntries(documents), ...good };
}

function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  const { document, headers } = problem;
  if (document.status === 503) reply.header('Retry-After', RETRY_AFTER);
  return reply
    .headers(headers)
    .code(document.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(document);
}

function problemFor(error: FastifyError | Problem, request: FastifyRequest, documentPath: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ValidationProblems) return error.problem();
  if (error instanceof AdminError) return problemOfAdminError(error);
  if (error instanceof SecretUnavailable) return new Problem('no-secret-key', error.message);
  if (error instanceof StoreBusy) return new Problem('database-busy', error.message);
  if (error instanceof StoreUnavailable) {
    request.log.error({ err: error }, FAILED);
    return new Problem('database-unavailable', error.message);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type', `see ${documentPath} for the types that this route reads`);
    default:
      request.log.error({ err: error, route: request.routeOptions.url }, FAILED);
      return new Problem('internal-error', 'the log of the service has the reason');
  }
}
