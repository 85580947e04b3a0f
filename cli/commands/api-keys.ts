import {InvalidArgumentError, Option, type Command} from 'commander';
import {stateOf} from '../../core/access/key-state.ts';
import {GatewayKey, SCOPES, type Scope} from '../../schemas/gateway-key.ts';
import {Duration} from '../../schemas/project.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {IssuedKey} from '../../stores/access/gateway-keys.ts';
import {dayOf} from '../../stores/access/key-usage.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {count, time} from '../show.ts';
import {issueWords} from '../../schemas/explain-issue.ts';

interface CreateOptions extends CommonOptions, WhoOptions {
  readonly scopes: Scope[];
  /** Milliseconds; null: never. */
  readonly expires?: number | null;
  readonly rate?: number;
  readonly burst?: number;
  readonly dailyTokens?: number;
  readonly dailyCost?: number;
}
interface RotateOptions extends CommonOptions, WhoOptions {
  readonly overlap: number;
}

const DAY = 86_400_000;
/** How far back `list` looks for a last use. */
const DAYS_BACK = 31;

export function apiKeys(program: Command): void {
  const parent = group(program, 'api-keys', {
    what: "keys of the gateway's clients, one for each application; once a project has a key, its gateways refuse requests without one",
    examples: ['ratchet api-keys create shop --scopes chat,feedback', 'ratchet api-keys list'],
  });
  createKey(parent);
  listKeys(parent);
  rotateKey(parent);
  revokeKey(parent);
}

function createKey(parent: Command): void {
  define(parent, 'create <name>', {
    what: 'make a key and show it once; only its hash is stored',
    examples: [
      'ratchet api-keys create shop --scopes chat,feedback --rate 20',
      'ratchet api-keys create prometheus --scopes read --expires never',
    ],
  })
    .option('-s, --scopes <scopes>', `its scopes, separated by commas: ${SCOPES.join(', ')}`, scopes, [
      'chat',
      'feedback',
    ])
    .option('-e, --expires <duration>', 'how long it is valid, or "never" (365d)', lifetime)
    .option('-r, --rate <n>', 'requests per second, on average and for each gateway', positive)
    .option('--burst <n>', 'burst of requests (twice the rate, at least 1)', whole)
    .option('--daily-tokens <n>', 'prompt and completion tokens a day (UTC)', whole)
    .option('--daily-cost <n>', "cost a day (UTC), in the project's currency", positive)
    .option(...WHO_OPTION)
    .action(
      acting(async (name: string, options: CreateOptions) => {
        const {project, stores, by, sign} = await acted(options);
        const {rate, burst, dailyTokens, dailyCost, expires = 365 * DAY} = options;
        if (burst !== undefined && rate === undefined)
          throw new RatchetError('InvalidInput', '--burst needs a rate: give --rate, too');
        const named = GatewayKey.shape.name.safeParse(name);
        if (!named.success)
          throw new RatchetError(
            'InvalidInput',
            `"${name}" is not a valid key name: ${issueWords(named.error.issues[0]!)}`,
          );
        const issued = await stores.gatewayKeys.create(
          project,
          {
            name,
            scopes: options.scopes,
            expires: expires === null ? null : new Date(Date.now() + expires).toISOString(),
            rate:
              rate === undefined ? null : {perSecond: rate, burst: burst ?? Math.max(1, Math.ceil(2 * rate))},
            budget:
              dailyTokens === undefined && dailyCost === undefined
                ? null
                : {tokens: dailyTokens ?? null, cost: dailyCost ?? null},
          },
          by,
          sign,
        );
        show(issued, options);
        return Exit.done;
      }),
    );
}

function listKeys(parent: Command): void {
  define(parent, 'list [project]', {
    what: 'list keys with their usage today over all gateways (a few seconds old)',
    examples: ['ratchet api-keys list', 'ratchet api-keys list mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const {config, store} = chosenProject(named ?? options.project);
      const rows = await listed(await openStores(store), config.project);
      if (options.json) printJson(rows);
      else
        print(
          table(
            ['name', 'key', 'state', 'scopes', 'ends', 'limits', 'today', 'last use'],
            rows.map((row) => [
              row.name,
              row.id,
              row.state,
              row.scopes.join(','),
              row.ends === null ? 'never' : time(row.ends),
              limits(row),
              row.today === null
                ? '–'
                : `${count(row.today.requests)} requests, ${count(row.today.promptTokens + row.today.completionTokens)} tokens`,
              time(row.lastUse),
            ]),
            `${config.project} has no key: its gateway answers everybody on loopback, and nobody on other addresses`,
          ),
        );
      return Exit.done;
    }),
  );
}

function rotateKey(parent: Command): void {
  define(parent, 'rotate <name>', {
    what: 'make a new key for the same application (by name or id) and show it once; the old one stays valid for the overlap',
    examples: ['ratchet api-keys rotate shop', 'ratchet api-keys rotate shop --overlap "30 min"'],
  })
    .addOption(
      new Option('--overlap <duration>', 'how long the old one stays valid')
        .argParser(duration)
        .default(DAY, '1 d'),
    )
    .option(...WHO_OPTION)
    .action(
      acting(async (which: string, options: RotateOptions) => {
        const {project, stores, by, sign} = await acted(options);
        const issued = await stores.gatewayKeys.rotate(project, which, {
          overlapMs: options.overlap,
          by,
          sign,
        });
        show(issued, options);
        if (!options.json)
          say(`the old one (${issued.former.id}) is valid until ${time(issued.former.replaced!.until)}`);
        return Exit.done;
      }),
    );
}

function revokeKey(parent: Command): void {
  define(parent, 'revoke <name>', {
    what: 'revoke a key (by its id), or all keys of a name; gateways refuse it within a second or two',
    examples: ['ratchet api-keys revoke shop', 'ratchet api-keys revoke 3f9a1c20d4e5'],
  })
    .option(...WHO_OPTION)
    .action(
      acting(async (which: string, options: CommonOptions & WhoOptions) => {
        const {project, stores, by, sign} = await acted(options);
        const ended = await stores.gatewayKeys.revoke(project, which, by, sign);
        if (options.json) printJson(ended.map(({id, name}) => ({id, name})));
        else
          print(
            ended.length === 0
              ? `${which} of ${project} had ended already`
              : `${ended.map(({name, id}) => `${name} (${id})`).join(', ')} of ${project} will get 401`,
          );
        return Exit.done;
      }),
    );
}

async function acted(options: CommonOptions & WhoOptions) {
  const project = chosenProject(options.project);
  const stores = await openStores(project.store);
  const {name: by, sign} = await provedActor(project, stores, {act: 'api_key', key: options.key});
  return {project: project.config.project, stores, by, sign};
}

/** The token goes to standard output alone, so that it can be led elsewhere than to a screen. */
function show({key, token}: IssuedKey, options: CommonOptions): void {
  if (options.json) {
    const {hash: _hash, ...shown} = key;
    return printJson({...shown, token});
  }
  print(token);
  say(
    `key ${key.id} (${key.name}: ${key.scopes.join(', ')}; ${key.expires === null ? 'no end' : `until ${time(key.expires)}`}); it is shown this once`,
  );
}

async function listed(stores: Stores, project: string) {
  const set = await stores.gatewayKeys.read(project);
  const now = Date.now();
  const today = await stores.keyUsage.day(project, dayOf(now));
  const last = new Map<string, string>();
  for (let back = 0; back < DAYS_BACK && last.size < (set?.keys.length ?? 0); back++) {
    const day = back === 0 ? today : await stores.keyUsage.day(project, dayOf(now - back * DAY));
    for (const [id, {last: at}] of day) if (at !== null && !last.has(id)) last.set(id, at);
  }
  return (set?.keys ?? []).map((key) => {
    const {hash: _hash, ...shown} = key;
    return {
      ...shown,
      state: stateOf(key, now),
      ends: key.revoked?.at ?? earlier(key.expires, key.replaced?.until ?? null),
      today: today.get(key.id) ?? null,
      lastUse: last.get(key.id) ?? null,
    };
  });
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function limits({rate, budget}: Pick<GatewayKey, 'rate' | 'budget'>): string {
  const parts = [
    ...(rate === null ? [] : [`${rate.perSecond}/s (${rate.burst} at once)`]),
    ...(budget?.tokens ? [`${count(budget.tokens)} tokens a day`] : []),
    ...(budget?.cost ? [`cost ${budget.cost} a day`] : []),
  ];
  return parts.join(', ') || '–';
}

function scopes(text: string): Scope[] {
  const named = text.split(',').map((one) => one.trim());
  const unknown = named.find((one) => !(SCOPES as readonly string[]).includes(one));
  if (unknown === undefined) return [...new Set(named as Scope[])];
  throw new InvalidArgumentError(`"${unknown}" is no scope: expected some of ${SCOPES.join(', ')}`);
}

function duration(text: string): number {
  const parsed = Duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(issueWords(parsed.error.issues[0]!));
}

function lifetime(text: string): number | null {
  return text === 'never' ? null : duration(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
