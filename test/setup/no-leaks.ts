import {afterAll, beforeAll, vi} from 'vitest';

/**
 * Most test files share a process, so that each need not load the code anew. What a file changes of that process, it
 * puts back: else it fails here, and not some other file in some order.
 */
const before = new Map<string, string>();
/** What tests replace to see what is said, asked or timed. */
const REPLACEABLE: readonly (readonly [object, string])[] = [
  ...(['fetch', 'Date', 'setTimeout'] as const).map((name) => [globalThis, name] as const),
  [Math, 'random'] as const,
  [process, 'kill'] as const,
  [process, 'env'] as const,
  [process.stdout, 'write'] as const,
  [process.stderr, 'write'] as const,
];
const valueOf = ([object, name]: readonly [object, string]): unknown => Reflect.get(object, name);
const own = REPLACEABLE.map(valueOf);

beforeAll(() => {
  for (const [name, value] of shared()) before.set(name, value);
});

afterAll(() => {
  const changed = [...shared()].filter(([name, value]) => before.get(name) !== value);
  const gone = [...before.keys()].filter((name) => !shared().has(name));
  const said = [
    ...changed.map(([name, value]) => `${name}: ${before.get(name) ?? 'not there'} → ${value}`),
    ...gone.map((name) => `${name}: ${before.get(name)} → not there`),
  ];
  before.clear();
  for (const [i, one] of REPLACEABLE.entries())
    if (valueOf(one) !== own[i]) said.push(`${one[1]} is another`);
  if (said.length > 0)
    throw new Error(
      `this file changes what later files see; put it back in afterEach or afterAll: ${said.join('; ')}`,
    );
});

function shared(): Map<string, string> {
  return new Map([
    // Not Vitest's own, of the file that runs, nor the keys of this run's S3 server: the same for every file.
    ...Object.entries(process.env)
      .filter(([name]) => !/^(VITEST|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)$)/.test(name))
      .map(([name, value]) => [`process.env.${name}`, String(value)] as const),
    ['process.cwd()', process.cwd()],
    ['the clock', vi.isFakeTimers() ? 'faked' : 'real'],
    ['process.exitCode', String(process.exitCode)],
    ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const).map(
      (event) => [`listeners of ${event}`, String(process.listenerCount(event))] as const,
    ),
  ]);
}
