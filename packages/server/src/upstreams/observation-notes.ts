/** What of a response was not taken over, and why: for the operator. */

import { count, shownName } from '@cert-order-status/protocol';

/** The most notes of a response, and the most characters of each. */
export const NOTES_LIMIT = 20;
export const NOTE_LIMIT = 200;
/** How many names of parameters one note lists. */
const NAMES_LISTED = 5;

/** Collects them. */
export class ObservationNotes {
  readonly #notes: string[] = [];
  readonly #unknownNames = new Set<string>();
  #more = 0;

  add(note: string): void {
    // One place stays free for what is counted, and one for names that are not known.
    if (this.#notes.length >= NOTES_LIMIT - 2) this.#more++;
    else this.#notes.push(cut(note));
  }

  /** Parameters that have no place in a record; the values are not repeated. */
  addUnknown(parameters: Readonly<Record<string, string>> = {}): void {
    for (const name in parameters) {
      if (this.#unknownNames.size > NAMES_LISTED) return;
      this.#unknownNames.add(shownName(name));
    }
  }

  /** All of them. */
  list(): readonly string[] {
    const names = [...this.#unknownNames].slice(0, NAMES_LISTED);
    const others = this.#unknownNames.size > NAMES_LISTED ? ' and others' : '';
    return [
      ...this.#notes,
      ...(names.length === 0
        ? []
        : [cut(`no known parameter, or no known value of one: ${names.join(', ')}${others}`)]),
      ...(this.#more === 0 ? [] : [`${count(this.#more, 'further note')}`]),
    ];
  }
}

function cut(note: string): string {
  return note.length <= NOTE_LIMIT ? note : `${note.slice(0, NOTE_LIMIT - 1).toWellFormed()}…`;
}
