import {Ajv, type Options} from 'ajv';
import {Ajv2020} from 'ajv/dist/2020.js';
import {linearRegExp} from './linear-regexp.ts';

export interface SchemaCheck {
  /** What is wrong with a value; null where it fits. */
  readonly problemOf: (value: unknown) => string | null;
}

/** Patterns of a schema meet texts of a model. */
const regExp = Object.assign(
  (pattern: string) => {
    const expression = linearRegExp(pattern);
    if ('why' in expression) throw new Error(expression.why);
    return expression;
  },
  {code: 'linearRegExp'},
);
const OPTIONS: Options = {strict: false, validateFormats: false, messages: true, code: {regExp}};

/**
 * A JSON Schema (2020-12, or draft 7 where `$schema` says so; `format` says nothing) as a check, by the package ajv. `why`: it is
 * none. Schemas are the project's own: what they cost is not bounded, what an answer costs is by its size.
 */
export function schemaCheck(schema: object | boolean): SchemaCheck | {readonly why: string} {
  const draft7 =
    typeof schema === 'object' && /draft-0[67]/.test(String((schema as {$schema?: unknown}).$schema));
  try {
    const ajv = draft7 ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    const validate = ajv.compile(schema);
    return {
      problemOf: (value) =>
        validate(value) ? null : ajv.errorsText(validate.errors, {dataVar: 'the value'}),
    };
  } catch (error) {
    return {why: `expected a JSON Schema, got one that cannot be used: ${(error as Error).message}`};
  }
}
