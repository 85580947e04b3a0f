import type {Estimate} from '../../schemas/artifact.ts';

/** `0.974 [0.92, 0.99]`, `–` for none. */
export function estimateInWords(of: Estimate | null | undefined): string {
  return of ? `${threeDigits(of.value)} ${intervalInWords(of)}` : '–';
}

/** `[0.92, 0.99]` */
export function intervalInWords({low, high}: Pick<Estimate, 'low' | 'high'>): string {
  return `[${threeDigits(low)}, ${threeDigits(high)}]`;
}

/** `12,300`, `0.00123`: three significant digits. */
export function threeDigits(value: number): string {
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3});
}
