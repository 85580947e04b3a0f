/** Attacks and probes: prompt injection, jailbreaks, leaks of personal data, general knowledge. */
export * from './by-turns.ts';
export * from './canary.ts';
export * from './control.ts';
export * from './encodings.ts';
export * from './find.ts';
export * from './general.ts';
export * from './in-words.ts';
export * from './injection.ts';
export * from './jailbreak.ts';
export * from './pii-elicitation.ts';
export * from './pii-leak.ts';
