/** The time of a log line. */

const SECOND_MS = 1000;

/**
 * A function that writes the time as pino's own `isoTime` does, which makes a date each time: this makes one a second.
 */
export function logTime(): () => string {
  let second = Number.NaN;
  let start = '';
  return () => {
    const now = Date.now();
    const milliseconds = now % SECOND_MS;
    if (now - milliseconds !== second) {
      second = now - milliseconds;
      start = `,"time":"${new Date(second).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS.'.length)}`;
    }
    const zeros = milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : '';
    return `${start}${zeros}${milliseconds}Z"`;
  };
}
