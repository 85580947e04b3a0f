/** From a file of rows to a proposed project: columns, roles, gates that so many rows can decide. */
export * from './belongings.ts';
export * from './columns.ts';
export * from './draft-warnings.ts';
export * from './draft.ts';
export * from './estimate.ts';
export * from './example-rows.ts';
export * from './former-runs.ts';
export * from './project-yaml.ts';
export * from './propose-gates.ts';
export * from './propose.ts';
export * from './rendered.ts';
export * from './roles.ts';
export * from './sizes.ts';
export * from './spellings.ts';
export * from './told-by-text.ts';
export * from './used-rows.ts';
export * from './yaml-text.ts';
