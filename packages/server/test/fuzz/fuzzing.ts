/**
 * Fuzzing of the real service. Inputs are bytes: generated, or the corpus's with something changed. The corpus holds
 * one input for each kind of answer that was ever seen; with FUZZ_GROW=1 a run adds those that are new.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

/** Given to repeat a run; every run tells its own. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
/** How many inputs: a few in every run of the tests, many by hand and at night. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const GROWS = process.env['FUZZ_GROW'] === '1';

/** The same for a property of a function, for `fc.assert`. */
export const FUZZ_PARAMETERS = { seed: SEED, numRuns: RUNS };

/**
 * By how much the memory in use may grow between the first third of a run and its end, in bytes, however long it is.
 */
const MOST_GROWTH = 48 * 2 ** 20;

/** What is fuzzed. */
interface Target {
  /** The corpus's folder. */
  readonly name: string;
  readonly generated: fc.Arbitrary<Buffer>;
  /**
   * Sends an input, and checks what comes back.
   *
   * @returns the kind of answer that it was.
   */
  readonly send: (input: Buffer) => Promise<string>;
}

/** Sends the corpus, and then what is made up. */
export async function fuzz(t: TestContext, { name, generated, send }: Target): Promise<Set<string>> {
  t.diagnostic(`FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
  const folder = new URL(`corpus/${name}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  const corpus = readdirSync(folder)
    .toSorted()
    .map((file) => readFileSync(new URL(file, folder)));
  const seen = new Set<string>();
  for (const input of corpus) seen.add(await send(input));

  let sent = 0;
  let early = 0;
  const property = fc.asyncProperty(changed(corpus, generated), async (input) => {
    const kind = await send(input);
    if (GROWS && !seen.has(kind)) writeFileSync(new URL(fileName(kind, input), folder), input);
    seen.add(kind);
    if (++sent === Math.ceil(RUNS / 3)) early = memoryInUse();
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  const growth = memoryInUse() - early;
  assert.ok(growth < MOST_GROWTH, `the memory in use grew by ${growth} bytes`);
  return seen;
}

/** Generated inputs, and some of the corpus with bytes cut, doubled or replaced. */
function changed(corpus: readonly Buffer[], generated: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  if (corpus.length === 0) return generated;
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const piece = fc.oneof(
    fc.constantFrom('%', '&', '=', '\r\n', '\0', '"', '}', ',', '-', '9'.repeat(30), '\u2028'),
    fc.uint8Array({ maxLength: 8 }),
  );
  const changes = fc.array(fc.tuple(place, fc.nat(12), piece), { minLength: 1, maxLength: 4 });
  const mutant = fc.tuple(fc.constantFrom(...corpus), changes).map(([input, list]) =>
    list.reduce((bytes, [at, length, put]) => {
      const from = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(from + length)]);
    }, input),
  );
  return fc.oneof({ weight: 2, arbitrary: generated }, { weight: 1, arbitrary: mutant });
}

function fileName(kind: string, input: Buffer): string {
  const words = kind.replace(/[^A-Za-z0-9-]+/g, '_').slice(0, 60);
  return `${words}-${createHash('sha256').update(input).digest('hex').slice(0, 8)}`;
}

let collect: (() => void) | undefined;

/** After what is garbage is gone. */
function memoryInUse(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
