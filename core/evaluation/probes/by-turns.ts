/** One entry of each family, then the next of each: so any beginning of the list spans them all. Ids are `family-turn`. */
export function byTurns<Entry, Item>(
  families: Readonly<Record<string, readonly Entry[]>>,
  make: (entry: Entry, name: {readonly id: string; readonly family: string}) => Item,
): Item[] {
  const items: Item[] = [];
  const turns = Math.max(...Object.values(families).map((entries) => entries.length));
  for (let turn = 0; turn < turns; turn++) {
    for (const [family, entries] of Object.entries(families)) {
      const entry = entries[turn];
      if (entry !== undefined) items.push(make(entry, {id: `${family}-${turn + 1}`, family}));
    }
  }
  return items;
}
