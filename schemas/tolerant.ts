import {z} from 'zod';

/** What becomes of a key that a schema doesn't know. */
type Unknown = 'kept' | 'dropped';
type Def = z.core.$ZodTypeDef & Record<string, unknown>;

const closed = new WeakSet<z.core.$ZodType>();
const relaxed: Readonly<Record<Unknown, WeakMap<z.core.$ZodType, z.core.$ZodType>>> = {
  kept: new WeakMap(),
  dropped: new WeakMap(),
};

/**
 * Declares that whoever ignores a key of this would permit more, or do something else, than was written: `tolerant` and
 * `known` leave it strict, wherever it stands.
 */
export function failsClosed<T extends z.ZodType>(schema: T): T {
  closed.add(schema);
  return schema;
}

/**
 * The schema for reading what a newer Ratchet may have written: every object in it takes keys that it doesn't know, and keeps
 * them, so that a digest, a seal or a signature over what was read still holds. Values of known keys are checked as ever.
 */
export function tolerant<T extends z.ZodType>(schema: T): T {
  return relax(schema, 'kept') as T;
}

/** The same, without the keys that it doesn't know: what this version acts by, compares, and hands to strict readers. */
export function known<T extends z.ZodType>(schema: T): T {
  return relax(schema, 'dropped') as T;
}

function relax(schema: z.core.$ZodType, unknown: Unknown): z.core.$ZodType {
  if (closed.has(schema)) return schema;
  let made = relaxed[unknown].get(schema);
  if (made === undefined) relaxed[unknown].set(schema, (made = rebuilt(schema, unknown)));
  return made;
}

function rebuilt(schema: z.core.$ZodType, unknown: Unknown): z.core.$ZodType {
  const def = schema._zod.def as Def;
  const inside = (part: unknown): z.core.$ZodType => relax(part as z.core.$ZodType, unknown);
  const all = (parts: unknown): z.core.$ZodType[] => (parts as z.core.$ZodType[]).map(inside);
  // A clone keeps refinements and messages, which stand in its definition.
  const clone = (parts: Readonly<Record<string, unknown>>): z.core.$ZodType =>
    z.core.clone(schema, {...def, ...parts});
  switch (def.type) {
    case 'object':
      return objectOf(schema, unknown);
    case 'array':
      return clone({element: inside(def['element'])});
    case 'tuple':
      return clone({items: all(def['items']), rest: def['rest'] && inside(def['rest'])});
    case 'record':
      return recordOf(schema, unknown);
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return clone({innerType: inside(def['innerType'])});
    case 'union':
      return clone({
        options: def['discriminator'] === undefined ? apart(schema, unknown) : all(def['options']),
      });
    case 'intersection':
      return clone({left: inside(def['left']), right: inside(def['right'])});
    case 'pipe':
      return clone({in: inside(def['in']), out: inside(def['out'])});
    case 'lazy':
      return clone({getter: () => inside((def['getter'] as () => z.core.$ZodType)())});
    default:
      return schema;
  }
}

function shapeOf(schema: z.core.$ZodType): z.core.$ZodShape {
  return (schema._zod.def as z.core.$ZodObjectDef).shape;
}

/** `but`: keys that it may not have, though it doesn't know them. */
function objectOf(schema: z.core.$ZodType, unknown: Unknown, but: readonly string[] = []): z.core.$ZodType {
  const def = schema._zod.def as z.core.$ZodObjectDef;
  // One that says itself what other keys hold goes on saying so.
  const {catchall} = def;
  const own = catchall !== undefined && catchall._zod.def.type !== 'never';
  const other = unknown === 'kept' ? z.unknown() : undefined;
  return z.core.clone(schema, {
    ...def,
    // Read when it is first asked for: an object may hold itself.
    get shape(): z.core.$ZodShape {
      const shape: Record<string, z.core.$ZodType> = {};
      for (const [name, part] of Object.entries(shapeOf(schema))) shape[name] = relax(part, unknown);
      for (const name of but) shape[name] = z.never().optional();
      return shape;
    },
    catchall: own ? relax(catchall, unknown) : other,
  } as z.core.$ZodObjectDef);
}

/**
 * The options of a union without a discriminator: none takes a key that another one knows for one that nobody does, or a value
 * that no option takes would pass unchecked.
 */
function apart(schema: z.core.$ZodType, unknown: Unknown): z.core.$ZodType[] {
  const {options} = schema._zod.def as z.core.$ZodUnionDef;
  const isOpen = (option: z.core.$ZodType): boolean =>
    option._zod.def.type === 'object' && !closed.has(option);
  const names = new Set(
    options.flatMap((one) => (one._zod.def.type === 'object' ? Object.keys(shapeOf(one)) : [])),
  );
  return options.map((option) =>
    isOpen(option)
      ? objectOf(
          option,
          unknown,
          [...names].filter((name) => !Object.hasOwn(shapeOf(option), name)),
        )
      : relax(option, unknown),
  );
}

/** Names of an enumeration are keys like those of an object; what a new name holds is of the same kind. */
function recordOf(schema: z.core.$ZodType, unknown: Unknown): z.core.$ZodType {
  const def = schema._zod.def as z.core.$ZodRecordDef;
  const valueType = relax(def.valueType, unknown);
  const names = def.keyType._zod.values;
  if (names === undefined) return z.core.clone(schema, {...def, valueType} as z.core.$ZodRecordDef);
  const shape: Record<string, z.core.$ZodType> = {};
  for (const name of names) shape[String(name)] = def.partial === true ? z.optional(valueType) : valueType;
  return new z.ZodObject({
    type: 'object',
    shape,
    ...(unknown === 'kept' ? {catchall: valueType} : {}),
    ...(def.checks === undefined ? {} : {checks: def.checks}),
  });
}
