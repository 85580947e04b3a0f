/** A copy that lacks these properties. */
export function without<T extends object, const Name extends keyof T>(
  value: T,
  ...names: readonly Name[]
): Omit<T, Name> {
  const left = Object.entries(value).filter(([name]) => !(names as readonly PropertyKey[]).includes(name));
  return Object.fromEntries(left) as Omit<T, Name>;
}

/** A copy with those of these properties that have a value. */
export function only<T extends object, const Name extends keyof T>(
  value: T,
  ...names: readonly Name[]
): Partial<Pick<T, Name>> {
  const kept = names.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]]));
  return Object.fromEntries(kept) as Partial<Pick<T, Name>>;
}
