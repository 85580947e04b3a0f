/** Ratchet from an application: the gateway that answers, and the approvals that wait for a person. */
export * from './gateway.ts';
