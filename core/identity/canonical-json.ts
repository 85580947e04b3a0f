import serialize from 'canonicalize';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';

/**
 * RFC 8785 (JCS): one text for one value, whatever order its keys were written in. Members that are `undefined` are
 * left out, as JSON.stringify does. Throws InvalidInput for what JSON cannot say (NaN, infinities, cycles, lone
 * surrogates, `undefined` itself).
 * @example canonicalJson({b: 1, a: [1.0, 'x']}) // '{"a":[1,"x"],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = serialize(value);
  } catch (cause) {
    throw new RatchetError(ErrorType.InvalidInput, `no canonical JSON for this value: ${String(cause)}`, {
      cause,
    });
  }
  if (text === undefined)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `no canonical JSON for a ${typeof value}: expected a JSON value`,
    );
  return text;
}
