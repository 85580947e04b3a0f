/** What work costs: money, energy, estimates, budgets. */
export * from './bill.ts';
export * from './budget.ts';
export * from './energy-words.ts';
export * from './estimate.ts';
export * from './group.ts';
export * from './shared-cpu.ts';
export * from './spent.ts';
export * from './trainer-spend.ts';
