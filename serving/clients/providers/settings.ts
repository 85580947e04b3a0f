import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {Vendor} from '../../../schemas/release.ts';

/** Where a vendor is asked, and with which key: the environment's affair, and no part of a release. */
export interface ProviderSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** The variable that `apiKey` came from, for messages. */
  readonly keyName: string;
  /** OpenAI's own. */
  readonly organization: string | null;
  readonly project: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Where {
  /** Variables of the key, the first that is set. */
  readonly keys: readonly string[];
  readonly baseUrl: string;
  /** Null: there is none. */
  readonly defaultUrl: string | null;
  /** Local servers take no key. */
  readonly keyOptional: boolean;
}

/** Each vendor's own variables, and what they are if not set. */
export const WHERE: Readonly<Record<Vendor, Where>> = {
  openai: {
    keys: ['OPENAI_API_KEY'],
    baseUrl: 'OPENAI_BASE_URL',
    defaultUrl: 'https://api.openai.com/v1',
    keyOptional: false,
  },
  'openai-compatible': {
    keys: ['OPENAI_COMPATIBLE_API_KEY'],
    baseUrl: 'OPENAI_COMPATIBLE_BASE_URL',
    defaultUrl: null,
    keyOptional: true,
  },
  anthropic: {
    keys: ['ANTHROPIC_API_KEY'],
    baseUrl: 'ANTHROPIC_BASE_URL',
    defaultUrl: 'https://api.anthropic.com',
    keyOptional: false,
  },
  google: {
    keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    baseUrl: 'GOOGLE_GEMINI_BASE_URL',
    defaultUrl: 'https://generativelanguage.googleapis.com',
    keyOptional: false,
  },
};

/** Other variables than a vendor's own clients read. */
export interface VariableNames {
  readonly key?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** A key whose variable somebody named is meant to be there. */
function whereOf(vendor: Vendor, {key, baseUrl}: VariableNames): Where {
  const where = WHERE[vendor];
  return {
    ...where,
    ...(key === undefined ? {} : {keys: [key], keyOptional: false}),
    ...(baseUrl === undefined ? {} : {baseUrl, defaultUrl: null}),
  };
}

/** Every variable that is read for a vendor. */
export function variablesOf(vendor: Vendor, names: VariableNames = {}): string[] {
  const {keys, baseUrl} = whereOf(vendor, names);
  return [...keys, baseUrl, ...(vendor === 'openai' ? ['OPENAI_ORG_ID', 'OPENAI_PROJECT_ID'] : [])];
}

/** One line that says what the environment lacks for a vendor, and what to do; null: nothing. */
export function missingSettings(
  vendor: Vendor,
  environment: Environment = process.env,
  names: VariableNames = {},
): string | null {
  const {keys, baseUrl, defaultUrl, keyOptional} = whereOf(vendor, names);
  const address = set(environment, baseUrl) ?? defaultUrl;
  if (address === null)
    return `${baseUrl} is not set: set it to the address of the ${vendor} server, such as http://localhost:8000/v1`;
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? ''))
    return `${baseUrl} is no http(s) address: set it to one, such as ${defaultUrl ?? 'http://localhost:8000/v1'}`;
  if (keyOptional || keys.some((name) => set(environment, name) !== undefined)) return null;
  return `${keys.join(' or ')} is not set: set it to your ${vendor} API key`;
}

/** Throws InvalidInput with what {@link missingSettings} says. */
export function providerSettings(
  vendor: Vendor,
  environment: Environment = process.env,
  names: VariableNames = {},
): ProviderSettings {
  const missing = missingSettings(vendor, environment, names);
  if (missing !== null) throw new RatchetError(ErrorType.InvalidInput, missing);
  const {keys, baseUrl, defaultUrl} = whereOf(vendor, names);
  const keyName = keys.find((name) => set(environment, name) !== undefined) ?? keys[0]!;
  const openai = vendor === 'openai';
  return {
    apiKey: set(environment, keyName) ?? 'none',
    baseUrl: (set(environment, baseUrl) ?? defaultUrl!).replace(/\/+$/, ''),
    keyName,
    organization: (openai && set(environment, 'OPENAI_ORG_ID')) || null,
    project: (openai && set(environment, 'OPENAI_PROJECT_ID')) || null,
  };
}

/** Undefined where it is not set, or empty. A line's end that came along with a key is no part of it. */
function set(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}
