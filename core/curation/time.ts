/** A number from here on counts milliseconds since 1970, a smaller one seconds: as seconds it would lie beyond the year 5100. */
const MILLISECONDS_FROM = 1e11;

/**
 * A record's time in milliseconds since 1970, or null where only a guess could read it. Reads ISO 8601 (a year, a month,
 * a day, or a day with a time; UTC where no zone is named), `31.1.2026`, the dates of mails (RFC 5322), and numbers that count
 * seconds or milliseconds since 1970. `1/2/2026` is a different day in different countries, so it is refused.
 */
export function readTime(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d{4}$/.test(text)) return whole(text);
  if (/^-?\d+(\.\d+)?$/.test(text)) return fromNumber(Number(text));
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (german) return whole(`${german[3]}-${german[2]!.padStart(2, '0')}-${german[1]!.padStart(2, '0')}`);
  const iso =
    /^(\d{4}-\d{2}(?:-\d{2})?)(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
      text,
    );
  if (iso) return iso[2] === undefined ? whole(iso[1]!) : exact(iso[1]!, iso[2], iso[3] ?? 'Z');
  if (/^([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(:\d{2})? ([+-]\d{4}|GMT|UTC)$/.test(text))
    return finite(Date.parse(text));
  return null;
}

function fromNumber(value: number): number | null {
  return finite(Math.abs(value) >= MILLISECONDS_FROM ? value : value * 1000);
}

/** A year, month or day in UTC. `Date` moves the 31st of February into March, so the day has to come back as it was. */
function whole(date: string): number | null {
  const time = Date.parse(`${date}${'-01'.repeat(3 - date.split('-').length)}T00:00:00Z`);
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(date) ? null : time;
}

function exact(day: string, clock: string, zone: string): number | null {
  if (whole(day) === null || day.length < 10) return null;
  const colon = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  return finite(Date.parse(`${day}T${clock}${colon}`));
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
