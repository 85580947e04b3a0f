/** Every activity. For types only: each kind of worker loads what it runs. */
export * from './access/activities.ts';
export * from './approval/decide.ts';
export * from './cost/activities.ts';
export * from './curate/activities.ts';
export * from './gauntlet/activities.ts';
export * from './lifecycle/activities.ts';
export * from './monitor/activities.ts';
export * from './notify/activities.ts';
export * from './rollout/activities.ts';
export * from './stage/activities.ts';
export * from './stage/own-child.ts';
export * from './stage/waiting.ts';
export * from './sweep/activities.ts';
export * from './train/activities.ts';
