import {detectLanguage} from '../../core/curation/language.ts';
import type {Trace} from '../../schemas/trace.ts';

/** A trace whose language nobody has looked for yet: no answer needs it, and finding it takes longer than most of the rest. */
export type UnreadTrace = Omit<Trace, 'language'>;

/** The language is that of the fields together; of a conversation, of its last user message. */
export function withLanguage(trace: UnreadTrace): Trace {
  return {...trace, language: detectLanguage(Object.values(trace.fields).join('\n')).code};
}
