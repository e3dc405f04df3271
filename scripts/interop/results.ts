/** What became of the cases: printed as they end, counted, and made into a table at the end. */

import { print, table } from '@cert-order-status/client/cli';

/** What became of one case. */
export interface Result {
  /** The program that was tried. */
  readonly program: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason: string;
}

/** The cases so far. */
export class Results {
  readonly #results: Result[] = [];

  /** Runs a case, and says whether it passed; an error that it throws is why it failed. */
  async run(program: string, name: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.#add({ program, name, outcome: 'passed', reason: '' });
      return true;
    } catch (error) {
      this.#add({ program, name, outcome: 'failed', reason: textOf(error) });
      return false;
    }
  }

  /** Notes that a program's cases were not run. */
  skip(program: string, reason: string): void {
    this.#add({ program, name: 'all cases', outcome: 'skipped', reason });
  }

  count(outcome: Result['outcome']): number {
    return this.#results.filter((result) => result.outcome === outcome).length;
  }

  /** Prints one line for each program, then each case that failed or was skipped once more. */
  printSummary(versions: ReadonlyMap<string, string>): void {
    const programs = Map.groupBy(this.#results, ({ program }) => program);
    const rows = [...programs].map(([program, results]) => {
      const of = (wanted: Result['outcome']) =>
        String(results.filter(({ outcome }) => outcome === wanted).length);
      return [program, versions.get(program) ?? '', of('passed'), of('failed'), of('skipped')];
    });
    print(`\n${table([['PROGRAM', 'VERSION', 'PASSED', 'FAILED', 'SKIPPED'], ...rows])}`);
    for (const result of this.#results) if (result.outcome !== 'passed') print(line(result));
    const [passed, failed, skipped] = [this.count('passed'), this.count('failed'), this.count('skipped')];
    print(`\npassed: ${passed}, failed: ${failed}, skipped: ${skipped}`);
  }

  #add(result: Result): void {
    this.#results.push(result);
    print(line(result));
  }
}

const MARKS = { passed: 'ok     ', failed: 'FAILED ', skipped: 'SKIPPED' } as const;

function line({ program, name, outcome, reason }: Result): string {
  return `${MARKS[outcome]} ${program}: ${name}${reason === '' ? '' : `\n        ${reason}`}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.trimEnd().replaceAll('\n', '\n        ') : String(error);
}
