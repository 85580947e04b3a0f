import type {z} from 'zod';

/**
 * Why a stored document that fails its schema cannot be read, where that is because a newer Ratchet wrote it; null for any
 * other failure. Every kind says its version in `v`.
 */
export function writtenByNewer(value: unknown, {issues}: z.ZodError): string | null {
  const written = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (typeof written !== 'number' || !Number.isInteger(written)) return null;
  const about = issues.find((issue) => issue.path.length === 1 && issue.path[0] === 'v');
  const known = about?.code === 'invalid_value' ? about.values.filter((one) => typeof one === 'number') : [];
  const newest = Math.max(...known);
  if (known.length === 0 || written <= newest) return null;
  return `written by a newer Ratchet: format ${written}, this one reads up to ${newest}: update it`;
}
