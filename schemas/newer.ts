import type {z} from 'zod';

/**
 * Why a stored document that its schema refuses cannot be read, where that is because a newer Ratchet wrote it; null for any
 * other reason. Every kind says its version in `v`, each member of a union too.
 */
export function writtenByNewer(value: unknown, schema: z.ZodType): string | null {
  const written = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (typeof written !== 'number' || !Number.isInteger(written)) return null;
  const versions = versionsOf(schema);
  const newest = Math.max(...versions);
  if (versions.length === 0 || written <= newest) return null;
  return `written by a newer Ratchet: format ${written}, this one reads up to ${newest}: update it`;
}

/** What documents of a schema may say in `v`, by its declaration: an error names none where no member of a union fits. */
function versionsOf(schema: z.core.$ZodType): number[] {
  const {def} = schema._zod as {def: z.core.$ZodTypes['_zod']['def']};
  switch (def.type) {
    case 'object':
      return 'v' in def.shape ? numbersOf(def.shape['v']) : [];
    case 'union':
      return def.options.flatMap(versionsOf);
    case 'intersection':
      return [def.left, def.right].flatMap(versionsOf);
    case 'pipe':
      return [def.in, def.out].flatMap(versionsOf);
    case 'lazy':
      return versionsOf(def.getter());
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return versionsOf(def.innerType);
    default:
      return [];
  }
}

function numbersOf(schema: z.core.$ZodType): number[] {
  return [...(schema._zod.values ?? [])].filter((value) => typeof value === 'number');
}
