/** An asciicast of version 2: https://docs.asciinema.org/manual/asciicast/v2/ */
export interface Cast {
  readonly width: number;
  readonly height: number;
  /** Seconds since the start, and what was written then. */
  readonly events: readonly (readonly [at: number, bytes: string])[];
}

/** Throws SyntaxError for what is no asciicast 2. */
export function parseCast(text: string): Cast {
  const [head, ...lines] = text.trim().split('\n');
  const {version, width, height} = JSON.parse(head!) as {version: number; width: number; height: number};
  if (version !== 2) throw new SyntaxError(`expected an asciicast of version 2, got ${version}`);
  const events = lines.map((line) => JSON.parse(line) as [number, string, string]);
  return {
    width,
    height,
    events: events.filter(([, kind]) => kind === 'o').map(([at, , bytes]) => [at, bytes]),
  };
}

export function castText({width, height, events}: Cast): string {
  const lines = events.map(([at, bytes]) => JSON.stringify([Number(at.toFixed(3)), 'o', bytes]));
  return `${[JSON.stringify({version: 2, width, height}), ...lines].join('\n')}\n`;
}

/** The cast in at most `seconds`: its longest waits are cut to one length. */
export function within(cast: Cast, seconds: number): Cast {
  const lengthOf = ({events}: Cast) => events.at(-1)?.[0] ?? 0;
  let most = lengthOf(cast);
  while (lengthOf(withoutWaits(cast, most)) > seconds) most *= 0.9;
  return withoutWaits(cast, most);
}

/** The cast with no wait longer than `most` seconds. */
export function withoutWaits({events, ...rest}: Cast, most: number): Cast {
  let at = 0;
  let before = 0;
  const shortened = events.map(([time, bytes]) => {
    at += Math.min(time - before, most);
    before = time;
    return [at, bytes] as const;
  });
  return {...rest, events: shortened};
}
