/** `2002-12-03 11:46:36Z`, `–` for none. */
export function time(iso: string | null | undefined): string {
  return iso ? `${iso.slice(0, 19).replace('T', ' ')}Z` : '–';
}

/** `0.4 s`, `12 s`, `2 min 05 s`, `1 h 03 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1,234` */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `ham 12, spam 3` */
export function counts(of: Readonly<Record<string, number>>): string {
  const entries = Object.entries(of).map(([name, n]) => `${name} ${count(n)}`);
  return entries.length > 0 ? entries.join(', ') : 'none';
}

/** `0.000012 USD`: three significant digits, never an exponent. */
export function cost(amount: number, currency: string): string {
  return `${amount.toLocaleString('en-US', {maximumSignificantDigits: 3})} ${currency}`;
}
