import {z} from 'zod';
import {ProjectConfig} from '../../schemas/project.ts';
import {MEANINGS} from './settings-meanings.ts';

interface Json {
  description?: string;
  properties?: Record<string, Json>;
  items?: Json;
  anyOf?: Json[];
  additionalProperties?: Json | boolean;
  [key: string]: unknown;
}

/** schemas/ratchet.schema.json: what an editor checks and shows of a ratchet.yaml, with each key's meaning. */
export function projectJsonSchema(): string {
  const schema = z.toJSONSchema(ProjectConfig, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Json;
  tell(schema, '');
  return `${JSON.stringify({...schema, title: 'ratchet.yaml'}, null, 2)}\n`;
}

/** The same paths as in docs/settings.md: `[]` for an item of a list, the singular in capitals for a name one chooses. */
function tell(schema: Json, path: string): void {
  const meaning = MEANINGS[path];
  // Links lead to pages that an editor does not have.
  if (meaning !== undefined && path !== '')
    schema.description = meaning.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  for (const [key, value] of Object.entries(schema.properties ?? {}))
    tell(value, path === '' ? key : `${path}.${key}`);
  for (const branch of schema.anyOf ?? []) tell(branch, path);
  if (schema.items) tell(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object')
    tell(schema.additionalProperties, `${path}.${path.replace(/s$/, '').toUpperCase()}`);
}
