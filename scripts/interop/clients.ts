/** The clients, and the ways in which each can send a request. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bodyOf, ERRORS } from './orders.ts';
import { type Command, type Output, plainEnvironment, run } from './processes.ts';

/** A request that a client is to send. */
interface ClientRequest {
  readonly url: string;
  /** One of the client's {@link Client.ways}, or `get`. */
  readonly way: string;
  readonly parameters: readonly (readonly [string, string])[];
}

/** What a client got. */
interface Reply {
  /** The body as it came; undefined for our own client, which does not show it. */
  readonly body?: string;
  /** What the client's usual parser made of it, where it has one. */
  readonly decoded?: readonly (readonly [string, string])[];
}

/** A client. */
export interface Client {
  readonly name: string;
  /** The Debian package that has it. */
  readonly package: string;
  /** Prints the version. */
  readonly version: Command;
  /** The ways that a user would choose, and what each is answered with: the order, or the body of an error. */
  readonly ways: Readonly<Record<string, 'order' | string>>;
  /** Whether it has a parser for responses. */
  readonly parses: boolean;
  /** Whether it can send a GET. */
  readonly hasGet: boolean;
  send(request: ClientRequest): Promise<Reply>;
}

/** The folder for the clients' files, and the root that they trust. */
export interface ClientParts {
  readonly folder: string;
  readonly root: string;
}

const program = (name: string) => fileURLToPath(new URL(`clients/${name}`, import.meta.url));

/** Makes all clients. Those whose package is missing are among them. */
export function clients(parts: ClientParts): readonly Client[] {
  return [
    pythonRequests(parts),
    phpCurl(parts),
    goPostForm(parts),
    rubyNetHttp(parts),
    perlLwp(parts),
    javaHttpClient(parts),
    curl(parts),
    wget(parts),
  ];
}

/** The version of a program; undefined when it cannot be run. */
export function versionOf({ file, args, env }: Command): string | undefined {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: plainEnvironment(env) });
  if (status !== 0) return undefined;
  const text = `${stdout}${stderr}`;
  return /\d+(?:\.\d+)+\S*/.exec(text)?.[0] ?? text.split('\n', 1)[0];
}

/** `URL WAY NAME VALUE …`: see clients/README.md. */
function argumentsOf({ url, way, parameters }: ClientRequest): string[] {
  return [url, way, ...parameters.flat()];
}

/** Reads what the programs in `clients/` print. */
function readReply({ stdout }: Output): Reply {
  const [head = ''] = stdout.split('\n\n', 1);
  const [, ...lines] = head.split('\n');
  const decoded = lines.map((line): [string, string] => {
    const [name = '', value = ''] = line.split('\t');
    return [name, value];
  });
  return { decoded, body: stdout.slice(head.length + 2) };
}

function pythonRequests({ root }: ClientParts): Client {
  return {
    name: 'Python requests',
    package: 'python3-requests',
    version: { file: 'python3', args: ['-c', 'import requests; print(requests.__version__)'] },
    ways: {
      data: 'order',
      params: ERRORS.missingLogin,
      json: ERRORS.missingLogin,
      files: ERRORS.missingLogin,
    },
    parses: true,
    hasGet: true,
    send: async (request) =>
      readReply(
        await run({
          file: 'python3',
          args: [program('python_requests.py'), ...argumentsOf(request)],
          env: { REQUESTS_CA_BUNDLE: root },
        }),
      ),
  };
}

function phpCurl({ root }: ClientParts): Client {
  return {
    name: 'PHP curl',
    package: 'php-cli php-curl',
    version: { file: 'php', args: ['-r', 'curl_version(); echo PHP_VERSION;'] },
    ways: { string: 'order', split: 'order', array: ERRORS.missingLogin },
    parses: true,
    hasGet: true,
    send: async (request) =>
      readReply(
        await run({
          file: 'php',
          args: ['-d', 'display_errors=stderr', program('curl.php'), ...argumentsOf(request)],
          env: { INTEROP_CA: root },
        }),
      ),
  };
}

function goPostForm({ folder, root }: ClientParts): Client {
  const binary = join(folder, 'post_form');
  let built: Promise<Output> | undefined;
  return {
    name: 'Go http.PostForm',
    package: 'golang-go',
    version: { file: 'go', args: ['version'] },
    ways: { form: 'order' },
    parses: true,
    hasGet: true,
    async send(request) {
      const env = { GOCACHE: join(folder, 'go'), GO111MODULE: 'off' };
      built ??= run({ file: 'go', args: ['build', '-o', binary, program('post_form.go')], env });
      await built;
      return readReply(await run({ file: binary, args: argumentsOf(request), env: { SSL_CERT_FILE: root } }));
    },
  };
}

function rubyNetHttp({ root }: ClientParts): Client {
  return {
    name: 'Ruby Net::HTTP',
    package: 'ruby',
    version: { file: 'ruby', args: ['--version'] },
    ways: { post_form: 'order' },
    parses: true,
    hasGet: true,
    send: async (request) =>
      readReply(
        await run({
          file: 'ruby',
          args: [program('net_http.rb'), ...argumentsOf(request)],
          env: { SSL_CERT_FILE: root },
        }),
      ),
  };
}

function perlLwp({ root }: ClientParts): Client {
  return {
    name: 'Perl LWP',
    package: 'perl libwww-perl liblwp-protocol-https-perl',
    version: {
      file: 'perl',
      args: ['-MLWP::UserAgent', '-MLWP::Protocol::https', '-e', 'print LWP->VERSION'],
    },
    ways: { form: 'order', 'form-data': ERRORS.missingLogin },
    parses: true,
    hasGet: true,
    send: async (request) =>
      readReply(
        await run({
          file: 'perl',
          args: [program('lwp.pl'), ...argumentsOf(request)],
          env: { PERL_LWP_SSL_CA_FILE: root },
        }),
      ),
  };
}

function javaHttpClient({ folder, root }: ClientParts): Client {
  const store = join(folder, 'trust.p12');
  let prepared: Promise<unknown> | undefined;
  const prepare = async () => {
    const trust = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit'];
    await run({ file: 'keytool', args: ['-importcert', '-noprompt', '-file', root, ...trust] });
    await run({
      file: 'javac',
      args: ['-encoding', 'UTF-8', '-d', folder, program('JavaHttpClient.java')],
    });
  };
  return {
    name: 'Java HttpClient',
    package: 'default-jdk-headless',
    version: { file: 'javac', args: ['-version'] },
    ways: { form: 'order' },
    parses: true,
    hasGet: true,
    async send(request) {
      prepared ??= prepare();
      await prepared;
      const trust = [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit'];
      const args = ['-cp', folder, ...trust, 'JavaHttpClient', ...argumentsOf(request)];
      return readReply(await run({ file: 'java', args }));
    },
  };
}

/** The form in a file, as editors and shells make it. */
function formFile(folder: string, { parameters }: ClientRequest, start: string, end: string): string {
  const file = join(folder, 'form.txt');
  writeFileSync(file, `${start}${bodyOf(parameters)}${end}`);
  return file;
}

function curl({ folder, root }: ClientParts): Client {
  const options = (request: ClientRequest): readonly string[] => {
    const { way, parameters } = request;
    const each = (flag: string) => parameters.flatMap(([name, value]) => [flag, `${name}=${value}`]);
    switch (way) {
      case 'get':
        return ['--get', ...each('--data-urlencode')];
      case '--data-urlencode':
        return each('--data-urlencode');
      case '--form':
        return each('--form-string');
      case '--data @file':
        return ['--data', `@${formFile(folder, request, '', '\n')}`];
      case '--data-binary @file, final newline':
        return ['--data-binary', `@${formFile(folder, request, '', '\n')}`];
      case '--data-binary @file, byte-order mark and CR LF':
        return ['--data-binary', `@${formFile(folder, request, '\uFEFF', '\r\n')}`];
      case '--http1.0':
        return ['--http1.0', '--data', bodyOf(parameters)];
      case 'Expect: 100-continue':
        return ['--header', 'Expect: 100-continue', '--data', bodyOf(parameters)];
      case 'Transfer-Encoding: chunked':
        return ['--header', 'Transfer-Encoding: chunked', '--data', bodyOf(parameters)];
      default:
        return ['--data', bodyOf(parameters)];
    }
  };
  return {
    name: 'curl',
    package: 'curl',
    version: { file: 'curl', args: ['--version'] },
    ways: {
      '--data-urlencode': 'order',
      '--data @file': 'order',
      '--data-binary @file, final newline': 'order',
      '--data-binary @file, byte-order mark and CR LF': 'order',
      '--http1.0': 'order',
      'Expect: 100-continue': 'order',
      'Transfer-Encoding: chunked': 'order',
      '--form': ERRORS.missingLogin,
    },
    parses: false,
    hasGet: true,
    async send(request) {
      const args = ['-q', '--silent', '--show-error', '--fail', '--cacert', root, ...options(request)];
      return { body: (await run({ file: 'curl', args: [...args, request.url] })).stdout };
    },
  };
}

function wget({ folder, root }: ClientParts): Client {
  const options = (request: ClientRequest): readonly string[] => {
    switch (request.way) {
      case 'get':
        return [];
      case '--post-data':
        return [`--post-data=${bodyOf(request.parameters)}`];
      default:
        return [`--post-file=${formFile(folder, request, '', '\n')}`];
    }
  };
  return {
    name: 'wget',
    package: 'wget',
    version: { file: 'wget', args: ['--version'] },
    ways: { '--post-data': 'order', '--post-file, final newline': 'order' },
    parses: false,
    hasGet: true,
    async send(request) {
      const args = ['--no-config', '--no-hsts', '--quiet', '--tries=1', '--output-document=-'];
      const all = [...args, `--ca-certificate=${root}`, ...options(request), request.url];
      return { body: (await run({ file: 'wget', args: all })).stdout };
    },
  };
}
