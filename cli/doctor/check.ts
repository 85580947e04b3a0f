/** One prerequisite, looked at. `do`: what to do about it, where it is not ok. */
export type Checked =
  | {readonly name: string; readonly state: 'ok'; readonly found: string}
  | {readonly name: string; readonly state: 'warn' | 'fail'; readonly found: string; readonly do: string};

export function ok(name: string, found: string): Checked {
  return {name, state: 'ok', found};
}

/** Something works without it, or it comes by itself. */
export function warn(name: string, found: string, todo: string): Checked {
  return {name, state: 'warn', found, do: todo};
}

/** A run would not get through. */
export function fail(name: string, found: string, todo: string): Checked {
  return {name, state: 'fail', found, do: todo};
}

/** A check that breaks off has found something, too. */
export async function checked(name: string, todo: string, check: () => Promise<Checked>): Promise<Checked> {
  try {
    return await check();
  } catch (error) {
    return fail(name, (error as Error).message.split('\n')[0]!, todo);
  }
}
