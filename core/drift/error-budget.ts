/**
 * What looks may still err with. Each look that compares windows spends half of what is left, `alpha` at most, and time gives
 * back `falseAlarms` in 30 days. So the looks of any 30 days raise `falseAlarms` + 2 alpha false alarms at most on average,
 * however many they are and however their windows overlap: expectations add up. The first look after a rest may spend all of
 * `alpha`, hourly ones about falseAlarms / 720 each.
 */
export interface ErrorBudget {
  readonly left: number;
  /** When it was last spent from (ISO, UTC). */
  readonly at: string;
}

const MONTH_MS = 30 * 86_400_000;

/** What a look at this moment may err with, and the budget after it; `before` is null before the first. */
export function spend(
  before: ErrorBudget | null,
  at: string,
  {alpha, falseAlarms}: {readonly alpha: number; readonly falseAlarms: number},
): {readonly alpha: number; readonly budget: ErrorBudget} {
  const elapsed = before === null ? Infinity : Math.max(0, Date.parse(at) - Date.parse(before.at));
  const given = Math.min(2 * alpha, (before?.left ?? 0) + (falseAlarms * elapsed) / MONTH_MS);
  const now = given / 2;
  // A clock that was set back gives nothing back twice.
  const latest = before !== null && before.at > at ? before.at : at;
  return {alpha: now, budget: {left: given - now, at: latest}};
}
