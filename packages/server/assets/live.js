// Keeps an open page up to date. Pages work without it; they then show how things stood when they were loaded.

import { morph } from './morph.js';

// How many changes of one update are read out.
const CHANGES_ANNOUNCED = 3;

// How long to wait, in milliseconds, before a lost connection is tried again: twice as long each time, less up to half
// of it by chance, so that not all pages come back at once when a server starts again.
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

const line = document.querySelector('[data-live]');
const view = document.querySelector('[data-live-view]');
if (line && view) follow(line, view);

for (const field of document.querySelectorAll('[data-select]')) {
  field.addEventListener('focus', () => field.select());
}

function follow(line, view) {
  const words = line.querySelector('[data-live-words]');
  const changes = line.querySelector('[data-live-changes]');
  const age = line.querySelector('[data-live-age]');
  let source;
  let retry;
  let heard;
  let isOver = false;
  let pauseMs = FIRST_PAUSE_MS;

  const say = (state, text) => {
    line.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  };
  const hear = () => {
    heard = Date.now();
    pauseMs = FIRST_PAUSE_MS;
    say('live', 'Live.');
    tell();
  };
  const tell = () => {
    if (heard === undefined || isOver) return;
    const seconds = Math.round((Date.now() - heard) / 1000);
    age.textContent = `Last heard from the server ${seconds < 2 ? 'just now' : `${seconds} s ago`}.`;
  };

  // What has changed is read out after what the reader is just hearing, and seen beside the state of the connection.
  const update = (html) => {
    const before = factsOf(view);
    morph(view, html);
    const changed = [...factsOf(view)].filter((fact) => !before.has(fact));
    if (changed.length === 0) return;
    const more = changed.length - CHANGES_ANNOUNCED;
    changes.textContent = [
      ...changed.slice(0, CHANGES_ANNOUNCED),
      ...(more > 0 ? [`And ${more} more.`] : []),
    ].join(' ');
  };

  const open = () => {
    if (source || isOver) return;
    clearTimeout(retry);
    source = new EventSource(line.dataset.live);
    source.addEventListener('tick', hear);
    source.addEventListener('order', (event) => {
      hear();
      update(JSON.parse(event.data));
    });
    // The page is of no use to this reader any more: the server says why, and is not asked again.
    source.addEventListener('over', (event) => {
      isOver = true;
      close();
      line.dataset.state = 'over';
      words.innerHTML = JSON.parse(event.data);
      age.textContent = '';
      changes.textContent = '';
    });
    source.addEventListener('error', () => {
      close();
      say('lost', 'The connection is lost; trying again.');
      retry = setTimeout(() => document.hidden || open(), pauseMs * (1 - Math.random() / 2));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    });
  };
  const close = () => {
    source?.close();
    source = undefined;
  };

  line.hidden = false;
  for (const hint of document.querySelectorAll('[data-still]')) hint.hidden = true;
  setInterval(tell, 1000);
  // A page that nobody looks at needs no connection; browsers have few for each server.
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
}

// What stands in a view, as sentences: `Certificate 2, www.example.com: Domain control is done.`
function factsOf(view) {
  return new Set(
    Array.from(view.querySelectorAll('[data-fact]'), (element) => {
      const about = element.closest('[data-about]')?.dataset.about;
      return `${about}: ${element.dataset.fact} is ${element.textContent}.`;
    }),
  );
}
