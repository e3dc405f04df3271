// Keeps an open page up to date. Pages work without it; they then show how things stood when they were loaded.

// How long to wait, in milliseconds, before a server that has refused is asked again: longer each time.
const FIRST_PAUSE = 3000;
const LONGEST_PAUSE = 30_000;

const line = document.querySelector('[data-live]');
const view = document.querySelector('[data-live-view]');
if (line && view) follow(line, view);

for (const field of document.querySelectorAll('[data-select]')) {
  field.addEventListener('focus', () => field.select());
}

function follow(line, view) {
  const words = line.querySelector('[data-live-words]');
  const age = line.querySelector('[data-live-age]');
  let source;
  let heard;
  let pause = FIRST_PAUSE;

  const say = (state, text) => {
    line.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  };
  const hear = () => {
    heard = Date.now();
    pause = FIRST_PAUSE;
    say('live', 'Live.');
    tell();
  };
  const tell = () => {
    if (heard === undefined) return;
    const seconds = Math.round((Date.now() - heard) / 1000);
    age.textContent = `Last heard from the server ${seconds < 2 ? 'just now' : `${seconds} s ago`}.`;
  };

  const open = () => {
    if (source) return;
    source = new EventSource(line.dataset.live);
    source.addEventListener('open', hear);
    source.addEventListener('tick', hear);
    source.addEventListener('order', (event) => {
      hear();
      const html = JSON.parse(event.data);
      // Rendered by the server as the page itself was.
      if (view.innerHTML !== html) view.innerHTML = html;
    });
    source.addEventListener('over', () => {
      close();
      say('over', 'This page is no longer yours to see. Load it again.');
    });
    source.addEventListener('error', () => {
      say('lost', 'The connection is lost; trying again.');
      // The browser tries again by itself, unless the server has answered with something else.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(() => document.hidden || open(), pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
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
