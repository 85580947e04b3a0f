const CLOCK = /\bstrftime_now\b/g;
/** What `strftime_now` is called in a template whose day is frozen: the library's own function of that name reads the clock. */
export const FROZEN_NOW = 'ratchet_frozen_now';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Whether a chat template prints the day on which it is rendered, as Llama 3.2's, SmolLM3's and Granite's do. */
export function readsTheClock(template: string | null): boolean {
  return template !== null && template.search(CLOCK) >= 0;
}

/** The template with `strftime_now` under a name that its caller defines. */
export function withFrozenClock(template: string): string {
  return template.replaceAll(CLOCK, FROZEN_NOW);
}

/**
 * Python's strftime for midnight (UTC) of a day, in English; codes that are not known here stay as they are.
 * @example strftime('2026-01-05', '%d %b %Y') // '05 Jan 2026'
 */
export function strftime(day: string, format: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const two = (n: number) => String(n).padStart(2, '0');
  const month = date.getUTCMonth();
  const firstOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  const known: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()),
    y: two(date.getUTCFullYear() % 100),
    m: two(month + 1),
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    j: String((date.getTime() - firstOfYear) / 86_400_000 + 1).padStart(3, '0'),
    B: MONTHS[month]!,
    b: MONTHS[month]!.slice(0, 3),
    A: DAYS[date.getUTCDay()]!,
    a: DAYS[date.getUTCDay()]!.slice(0, 3),
    F: day,
    T: '00:00:00',
    H: '00',
    I: '12',
    M: '00',
    S: '00',
    p: 'AM',
    '%': '%',
  };
  return format.replaceAll(/%(-?)([A-Za-z%])/g, (code, unpadded: string, letter: string) => {
    const text = known[letter];
    if (text === undefined) return code;
    return unpadded === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}
