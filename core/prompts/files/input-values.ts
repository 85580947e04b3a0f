import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {PromptArtifact, ValueShape} from '../../../schemas/prompt-file.ts';
import {jsonBeyond} from '../../access/json-bounds.ts';
import {BOUNDS} from './bounds.ts';

/**
 * The values of a prompt's inputs as a template reads them: copies made of JSON alone, with null for what is optional and missing.
 * Throws InvalidInput that names every value that is missing, of another type, too long, or of no declared input.
 */
export function inputValues(
  {name, inputs}: Pick<PromptArtifact, 'name' | 'inputs'>,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const problems: string[] = [];
  const known = Object.keys(inputs);
  for (const extra of Object.keys(values).filter((key) => !Object.hasOwn(inputs, key)))
    problems.push(
      `${extra}: expected ${known.length === 0 ? 'no value, as the prompt has no inputs' : `only values of ${known.join(', ')}`}`,
    );
  const read = Object.fromEntries(
    known.map((key) => [
      key,
      valueOf(inputs[key]!, Object.hasOwn(values, key) ? values[key] : undefined, key, problems),
    ]),
  );
  if (problems.length > 0)
    throw new RatchetError(ErrorType.InvalidInput, `values of prompt "${name}": ${problems.join('; ')}`);
  return read;
}

function valueOf(shape: ValueShape, given: unknown, key: string, problems: string[]): unknown {
  if (given === undefined || given === null) {
    if (!shape.optional) problems.push(`${key}: expected ${aType(shape.type)}, got nothing`);
    return null;
  }
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean')
    return checked(shape, given, key, problems);
  const copy = copyOf(given);
  if ('why' in copy) {
    problems.push(`${key}: expected ${aType(shape.type)}, got ${copy.why}`);
    return null;
  }
  if (shape.maxChars !== undefined || copy.json.length > BOUNDS.valueChars)
    checkLength(copy.json, shape, `${key} as JSON`, problems);
  return checked(shape, copy.value, key, problems);
}

/** A value through JSON: own members alone, without methods, getters or prototypes. */
function copyOf(given: unknown): {readonly json: string; readonly value: unknown} | {readonly why: string} {
  try {
    const json = JSON.stringify(given);
    if (typeof json !== 'string') return {why: `a ${typeof given}`};
    const beyond = jsonBeyond(new TextEncoder().encode(json), {
      depth: BOUNDS.valueDepth,
      values: BOUNDS.valueMembers,
    });
    if (beyond === 'depth') return {why: `more than ${BOUNDS.valueDepth} levels`};
    if (beyond === 'values') return {why: `more than ${BOUNDS.valueMembers} members`};
    return {json, value: JSON.parse(json)};
  } catch {
    return {why: 'a value that JSON cannot say'};
  }
}

function checked(shape: ValueShape, given: unknown, key: string, problems: string[]): unknown {
  if (given === null || given === undefined) {
    if (!shape.optional) problems.push(`${key}: expected ${aType(shape.type)}, got nothing`);
    return null;
  }
  const type = Array.isArray(given) ? 'array' : typeof given;
  if (type !== shape.type || (type === 'number' && !Number.isFinite(given))) {
    problems.push(`${key}: expected ${aType(shape.type)}, got ${Number.isNaN(given) ? 'NaN' : aType(type)}`);
    return null;
  }
  if (typeof given === 'string') {
    checkLength(given, shape, key, problems);
    if (shape.enum !== undefined && !shape.enum.includes(given))
      problems.push(
        `${key}: expected one of ${shape.enum.map((one) => JSON.stringify(one)).join(', ')}, got another string`,
      );
    return given;
  }
  if (Array.isArray(given)) {
    const {items} = shape;
    return items === undefined
      ? given
      : given.map((item, i) => checked(items, item, `${key}[${i}]`, problems));
  }
  if (typeof given !== 'object' || shape.properties === undefined) return given;
  const {properties} = shape;
  const members = given as Readonly<Record<string, unknown>>;
  for (const extra of Object.keys(members).filter((name) => !Object.hasOwn(properties, name)))
    problems.push(`${key}.${extra}: expected only ${Object.keys(properties).join(', ')}`);
  return Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [
      name,
      checked(inner, Object.hasOwn(members, name) ? members[name] : undefined, `${key}.${name}`, problems),
    ]),
  );
}

function checkLength(
  text: string,
  {maxChars = BOUNDS.valueChars}: ValueShape,
  key: string,
  problems: string[],
): void {
  // No text has more code points than UTF-16 units, nor fewer than half as many.
  if (text.length <= maxChars) return;
  const most = 2 * maxChars;
  const chars = text.length > most ? `more than ${maxChars}` : [...text].length;
  if (typeof chars === 'string' || chars > maxChars)
    problems.push(
      `${key}: expected at most ${maxChars} characters, got ${typeof chars === 'string' ? text.length : chars}`,
    );
}

function aType(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
