/** A figure for a line of text: three decimals below 1, fewer above; a true minus sign. `0.951`, `12.3`, `−0.05`. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return 'unknown';
  const text = rounded(Math.abs(value));
  return value < 0 ? `−${text}` : text;
}

const SINGULAR: Readonly<Record<string, string>> = {points: 'point', nats: 'nat', bits: 'bit'};

/** A figure with its unit, if it has one: `616 ms`, `1 point`. */
export function quantity(value: number, unit: string): string {
  const text = figure(value);
  if (unit === '') return text;
  return `${text} ${text === '1' ? (SINGULAR[unit] ?? unit) : unit}`;
}

function rounded(size: number): string {
  if (size === Infinity) return '∞';
  if (size >= 100) return size.toFixed(0);
  if (size >= 10) return String(Number(size.toFixed(1)));
  if (size >= 1) return String(Number(size.toFixed(2)));
  return size >= 0.0005 || size === 0 ? String(Number(size.toFixed(3))) : size.toPrecision(2);
}
