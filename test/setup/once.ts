interface Held<T> {
  readonly started: Promise<{readonly value: T; readonly stop: () => Promise<void>}>;
  users: number;
}

/**
 * What each project's global setup asks for, started once: Vitest runs a setup file for each project, as a module of its own,
 * all in one process. It stops with the last project that has it.
 */
export async function once<T>(
  name: string,
  start: () => Promise<{readonly value: T; readonly stop: () => Promise<void>}>,
): Promise<{readonly value: T; readonly stop: () => Promise<void>}> {
  const all = globalThis as unknown as Record<symbol, Held<T> | undefined>;
  const key = Symbol.for(`ratchet.test.${name}`);
  const held = (all[key] ??= {started: start(), users: 0});
  held.users += 1;
  const {value, stop} = await held.started;
  return {
    value,
    stop: async () => {
      held.users -= 1;
      if (held.users > 0) return;
      all[key] = undefined;
      await stop();
    },
  };
}
