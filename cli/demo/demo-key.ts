/** The key that the demo approves with. It decides about nothing else. */
export const DEMO_KEY = 'demo';
