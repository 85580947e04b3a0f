/** What of a trace does not matter to who asks about users, rows and what they said: triage answered, at once, without an error. */
export const ANSWERED = {
  task: 'triage',
  release: 'a'.repeat(64),
  role: 'stable',
  shadowOf: null,
  prompt: 'b'.repeat(64),
  promptTokens: 1,
  completionTokens: 1,
  latencyMs: {total: 1, model: 1},
  cost: 0,
  status: 200,
  error: null,
} as const;
