import {Filter, ForTag, Output, TypeGuards, Value} from 'liquidjs';
import type {Liquid, PropertyAccessToken, Template, Token} from 'liquidjs';
import type {ValueShape} from '../../../schemas/prompt-file.ts';
import {BOUNDS} from './bounds.ts';
import {RenderPartial} from './language.ts';

/** What a name means at one place of a template. */
export interface Meaning {
  /** The untrusted input that it comes from; null: it holds nothing that somebody else wrote. */
  readonly from: string | null;
  /** Null: not known, as of a member of an object that declares none. */
  readonly shape: ValueShape | null;
  /** Called where it is used. */
  readonly used: () => void;
}
export type Scope = ReadonlyMap<string, Meaning>;

/** One thing wrong with a template; `token` is where, in `file`, which names a partial. */
export interface TemplateProblem {
  readonly token: Token;
  readonly file?: string | undefined;
  readonly message: string;
}

/** What an output writes, as the prompt will have it: `from` is the untrusted input that it comes from. */
export type Writer = (value: unknown, from: string | null) => string;

/**
 * Follows each value from an input through loops and partials to where it is written, and puts `write` behind it there. Returns
 * what is wrong: names that are not in scope, members that an input does not declare, expressions that are none.
 */
export function checkTemplate(
  templates: readonly Template[],
  scope: Scope,
  write: Writer,
  liquid: Liquid,
): TemplateProblem[] {
  const found: TemplateProblem[] = [];
  const visit = (template: Template, names: Scope, depth: number): void => {
    if (found.length >= BOUNDS.problems) return;
    if (depth > BOUNDS.nesting) {
      const message = `expected at most ${BOUNDS.nesting} tags within one another, got more`;
      found.push({token: template.token, message, file: template.token.file});
      return;
    }
    const problems: TemplateProblem[] = [];
    const args = [...(template.arguments?.() ?? [])];
    const reads = args.flatMap((arg) => readsOf(arg, problems, template.token));
    const meanings = reads.flatMap((read) => meaningOf(read, names, problems));
    if (template instanceof Output) {
      const from = meanings.find((meaning) => meaning.from !== null)?.from ?? null;
      template.value.filters.push(
        new Filter({name: 'write', args: []} as never, (value: unknown) => write(value, from), liquid),
      );
    } else if (template instanceof RenderPartial) {
      const inner = partialScope(template, names, problems);
      for (const child of template.templates) visit(child, inner.scope, depth + 1);
      problems.push(...inner.unused());
    } else {
      if (template instanceof ForTag) checkModifiers(template, problems);
      const inner = template instanceof ForTag ? loopScope(template, names) : names;
      for (const child of childrenOf(template)) visit(child, inner, depth + 1);
    }
    // Of the tokens only a tag's own knows its file.
    found.push(...problems.map((problem) => ({...problem, file: template.token.file})));
  };
  for (const template of templates) visit(template, scope, 0);
  return found;
}

function childrenOf(template: Template): Template[] {
  // A generator for templates that read files; these read none.
  return (template.children?.(false, true).next().value ?? []) as Template[];
}

/** Liquid passes over words that it does not know, and loops over everything. */
function checkModifiers({hash, token}: ForTag, problems: TemplateProblem[]): void {
  for (const name of Object.keys(hash.hash))
    if (!['limit', 'offset', 'reversed'].includes(name))
      problems.push({token, message: `expected limit, offset or reversed behind the list, got "${name}"`});
}

/** A list's variable is one of its items; an object's is a pair of name and value. */
function loopScope(tag: ForTag, names: Scope): Scope {
  const reads = readsOf(tag.collection, [], tag.token);
  const over = reads.flatMap((read) => meaningOf(read, names, []));
  const [whole] = TypeGuards.isPropertyAccessToken(tag.collection) ? over : [];
  const from = over.find((meaning) => meaning.from !== null)?.from ?? null;
  const shape = whole?.shape?.type === 'array' ? (whole.shape.items ?? null) : null;
  return new Map([
    ...names,
    [tag.variable, {from, shape, used: () => {}}],
    ['forloop', {from: null, shape: null, used: () => {}}],
  ]);
}

function partialScope(
  tag: RenderPartial,
  names: Scope,
  problems: TemplateProblem[],
): {readonly scope: Scope; readonly unused: () => TemplateProblem[]} {
  const used = new Set<string>();
  const scope = new Map<string, Meaning>();
  for (const [name, value] of Object.entries(tag.args.hash)) {
    const reads = readsOf(value, [], tag.token);
    const meanings = reads.flatMap((read) => meaningOf(read, names, []));
    const shape = TypeGuards.isPropertyAccessToken(value) ? (meanings[0]?.shape ?? null) : null;
    const from = meanings.find((meaning) => meaning.from !== null)?.from ?? null;
    scope.set(name, {from, shape, used: () => used.add(name)});
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
      problems.push({
        token: tag.token,
        message: `expected a name of letters, digits and _, a letter first, got "${name}"`,
      });
  }
  const unused = () =>
    [...scope.keys()]
      .filter((name) => !used.has(name))
      .map((name) => ({
        token: tag.token,
        message: `expected the partial "${tag.partial}" to use "${name}", which it is given: use it there, or leave it out here`,
      }));
  return {scope, unused};
}

/** Every variable that is read to evaluate this, those in brackets and in filters too. */
function readsOf(arg: unknown, problems: TemplateProblem[], at: Token): PropertyAccessToken[] {
  if (arg instanceof Value) {
    checkArity(arg.initial.postfix, problems, at);
    const filtered = arg.filters.flatMap(({args}) => args.map((one) => (Array.isArray(one) ? one[1] : one)));
    return [...arg.initial.postfix, ...filtered].flatMap((token) => readsOf(token, problems, at));
  }
  if (TypeGuards.isRangeToken(arg)) return [arg.lhs, arg.rhs].flatMap((end) => readsOf(end, problems, at));
  if (!TypeGuards.isPropertyAccessToken(arg)) return [];
  const inner = [arg.variable, ...arg.props].flatMap((part) => readsOf(part, problems, at));
  // A text with members, as "a"[0], names no variable.
  return arg.variable === undefined ? [arg, ...inner] : inner;
}

/** `{{ a b }}` and `{% if a and %}` parse, and mean what nobody wrote. */
function checkArity(postfix: readonly Token[], problems: TemplateProblem[], at: Token): void {
  let operands = 0;
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) operands++;
    else if (token.operator !== 'not') operands--;
    if (operands < 1) break;
  }
  if (operands !== 1)
    problems.push({
      token: at,
      message: `expected one value, or values joined by operators, got ${at.getText()}`,
    });
}

/** What the path of a variable leads to; a problem and nothing where it leads nowhere. */
function meaningOf(read: PropertyAccessToken, names: Scope, problems: TemplateProblem[]): Meaning[] {
  const [first, ...rest] = read.props;
  const root = TypeGuards.isWordToken(first)
    ? first.content
    : String((first as {content?: unknown} | undefined)?.content);
  const meaning = names.get(root);
  if (meaning === undefined) {
    const known = [...names.keys()].filter((name) => name !== 'forloop');
    const expected =
      known.length === 0 ? 'no variable, as none is declared' : `one of the variables ${known.join(', ')}`;
    problems.push({
      token: read,
      message: `expected ${expected}, got "${root}": declare it, or correct the name`,
    });
    return [];
  }
  meaning.used();
  let {shape} = meaning;
  for (const step of rest) {
    const key = TypeGuards.isWordToken(step)
      ? step.content
      : TypeGuards.isQuotedToken(step)
        ? step.content
        : null;
    if (key !== null && ['constructor', 'prototype', '__proto__'].includes(key)) {
      problems.push({token: read, message: `expected a member that values can have, got "${key}"`});
      return [meaning];
    }
    const member = memberOf(shape, key);
    if (member === undefined) {
      const members = Object.keys(shape?.properties ?? {});
      const has =
        members.length > 0
          ? `one of its members ${members.join(', ')}`
          : `a value that has members, as a ${shape?.type} has none`;
      problems.push({token: read, message: `expected ${has}, got "${read.getText()}"`});
      return [meaning];
    }
    shape = member;
  }
  return [{...meaning, shape}];
}

/** Null: nothing is known of it; undefined: there is none. A key of null stands in brackets, as in `items[n]`. */
function memberOf(shape: ValueShape | null, key: string | null): ValueShape | null | undefined {
  if (shape === null) return null;
  if (key === 'size' && shape.type !== 'number' && shape.type !== 'boolean') return {type: 'number'};
  switch (shape.type) {
    case 'object':
      if (shape.properties === undefined || key === null) return null;
      return Object.hasOwn(shape.properties, key) ? shape.properties[key] : undefined;
    case 'array':
      return key === null || key === 'first' || key === 'last' ? (shape.items ?? null) : undefined;
    default:
      return undefined;
  }
}
