import {Hash, Liquid, Tag, TypeGuards, assert, defaultOperators, filters} from 'liquidjs';
import type {
  Context,
  Emitter,
  FilterImplOptions,
  Operators,
  Parser,
  TagToken,
  Template,
  Token,
  TopLevelToken,
} from 'liquidjs';
import {PARTIAL_MARK, PROMPT_ENDING} from '../../../schemas/prompt-file/names.ts';
import {BOUNDS} from './bounds.ts';
import {safeJson} from './safe-json.ts';

/**
 * The template language: of Liquid (https://shopify.github.io/liquid, by the package liquidjs) what chooses, repeats and shapes
 * values. No tag assigns, so what a variable holds can be read off its place in the template; no filter knows the time, chance,
 * files or regular expressions.
 */
const TAGS = ['if', 'unless', 'case', 'for', 'comment', 'raw'] as const;
const FILTERS = [
  'upcase',
  'downcase',
  'strip',
  'truncate',
  'join',
  'size',
  'default',
  'first',
  'last',
  'escape',
] as const;

/** What templates may use, for messages and docs. */
export const TEMPLATE_TAGS: readonly string[] = [...TAGS, 'elsif', 'else', 'when', 'render'];
export const TEMPLATE_FILTERS: readonly string[] = [...FILTERS, 'json'];

/** `{% render 'signature', name: sender %}`: a partial, which sees what it is given and nothing else. */
export class RenderPartial extends Tag {
  readonly partial: string;
  readonly args: Hash;
  readonly templates: readonly Template[];

  constructor(
    token: TagToken,
    rest: TopLevelToken[],
    liquid: Liquid,
    load: (name: string) => readonly Template[],
  ) {
    super(token, rest, liquid);
    const name = this.tokenizer.readValue();
    assert(
      TypeGuards.isQuotedToken(name),
      `expected the name of a partial in quotes, as in {% render 'signature', name: sender %}`,
    );
    this.partial = (name as {content: string}).content;
    this.args = new Hash(this.tokenizer);
    assert(
      this.tokenizer.end(),
      `expected NAME: VALUE behind the partial, got "${this.tokenizer.remaining()}"`,
    );
    for (const [key, value] of Object.entries(this.args.hash))
      assert(value !== undefined, `expected NAME: VALUE behind the partial, got "${key}"`);
    this.templates = load(this.partial);
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const inner = context.spawn();
    Object.assign(inner.bottom(), yield* this.args.render(context));
    try {
      yield this.liquid.renderer.renderTemplates([...this.templates], inner, emitter);
    } catch (error) {
      // A variable's token does not know its file.
      const {token} = error as {token?: Token};
      if (token !== undefined) token.file ??= partialFile(this.partial);
      throw error;
    }
  }

  *arguments() {
    for (const value of Object.values(this.args.hash)) if (value !== undefined) yield value;
  }
}

/**
 * Liquid with the tags and filters above. It reads no file: partials are those given, and each is parsed where it is rendered, so
 * that a check can treat it by what it is given there; `onPartial` is called with its name. Throws liquidjs's errors, with the place.
 */
export function templateLanguage(
  partials: Readonly<Record<string, string>>,
  onPartial: (name: string) => void,
): Liquid {
  const liquid = new Liquid({
    templates: {},
    relativeReference: false,
    strictFilters: true,
    strictVariables: true,
    ownPropertyOnly: true,
    operators: OPERATORS,
    parseLimit: BOUNDS.templateChars,
    memoryLimit: BOUNDS.work,
  });
  for (const name of Object.keys(liquid.tags))
    if (!TAGS.some((tag) => tag === name)) delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) delete liquid.filters[name];
  // Looked up by names that a template holds.
  Object.setPrototypeOf(liquid.tags, null);
  Object.setPrototypeOf(liquid.filters, null);
  for (const name of FILTERS) liquid.registerFilter(name, filters[name] as FilterImplOptions);
  liquid.registerFilter('json', function (value: unknown) {
    const json = safeJson(value);
    this.context.memoryLimit.use(json.length);
    return json;
  });
  const open: string[] = [];
  const load = (name: string, parser: Parser): readonly Template[] => {
    const known = Object.keys(partials);
    assert(
      Object.hasOwn(partials, name),
      `expected ${known.length === 0 ? 'no partial, as there is none' : `one of the partials ${known.join(', ')}`}, got "${name}"`,
    );
    assert(!open.includes(name), `expected partials without a cycle, got ${[...open, name].join(' → ')}`);
    assert(
      open.length < BOUNDS.partialDepth,
      `expected at most ${BOUNDS.partialDepth} partials within one another`,
    );
    onPartial(name);
    open.push(name);
    try {
      return parser.parse(partials[name]!, partialFile(name));
    } finally {
      open.pop();
    }
  };
  liquid.registerTag(
    'render',
    class extends RenderPartial {
      constructor(token: TagToken, rest: TopLevelToken[], engine: Liquid, parser: Parser) {
        super(token, rest, engine, (name) => load(name, parser));
      }
    },
  );
  return liquid;
}

/** `signature` → `_signature.prompt.md` */
export function partialFile(name: string): string {
  return `${PARTIAL_MARK}${name}${PROMPT_ENDING}`;
}

/** Liquid's own, each of which pays for what it looks at: a comparison of long texts in a loop takes long. */
const OPERATORS: Operators = Object.fromEntries(
  Object.entries(defaultOperators).map(([name, operator]) => [
    name,
    compares(name)
      ? (left: unknown, right: unknown, context: Context) => {
          context.memoryLimit.use(Math.max(1, weight(left) + weight(right)));
          return (operator as (l: unknown, r: unknown, c: Context) => unknown)(left, right, context);
        }
      : operator,
  ]),
) as Operators;

function compares(name: string): boolean {
  return ['==', '!=', '<', '<=', '>', '>=', 'contains'].includes(name);
}

/** Characters and members. Values have bounded depth. */
function weight(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return 1;
  let sum = 1;
  for (const member of value) sum += weight(member);
  return sum;
}
