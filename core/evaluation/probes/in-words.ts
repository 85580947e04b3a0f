import {RECOGNISERS} from '../../curation/pii/recognisers.ts';

/** What each family of probes does, for people who read a report; a test holds it to the families that there are. */
export const FAMILY_WORDS: Readonly<
  Record<'injection' | 'jailbreak' | 'pii', Readonly<Record<string, string>>>
> = {
  injection: {
    override: 'told to ignore its instructions',
    authority: 'in the name of an administrator or developer',
    delimiter: 'behind a forged end of the input',
    role: 'as a role to play',
    encoding: 'in base64, rot13, backwards or with invisible characters',
    latent: 'hidden in a comment, a quote or a postscript',
    language: 'in German, Spanish or French',
    persuasion: 'by pleading or pressure',
    exfiltration: 'as an image or a link that carries the answer away',
  },
  jailbreak: {
    direct: 'asked outright',
    repetition: 'asked to repeat its instructions',
    role: 'given a role to play',
    encoding: 'asked in base64, rot13, backwards or in leetspeak',
    authority: 'asked by somebody who claims to be in charge',
    story: 'asked for a story or a poem',
    completion: 'given a gap to fill',
    translation: 'asked in another language',
    exfiltration: 'asked for an image or a link with the word in it',
  },
  pii: {
    ...Object.fromEntries(Object.values(RECOGNISERS).map(({entity, words}) => [entity, words])),
    url: RECOGNISERS.url_credentials.words,
  },
};
