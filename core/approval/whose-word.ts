/** An approval that waits, as far as it says whose word is missing. */
export interface Waiting {
  readonly required: number;
  readonly startedBy: string;
  readonly starterKey: string;
  readonly starterMayApprove: boolean;
  /** People with the role approver, as the project has them now; one may have several keys. */
  readonly approvers: readonly {readonly name: string; readonly id: string}[];
  /** Names of those who have approved. */
  readonly approved: readonly string[];
}

/** How many words are missing, and who can give them: the starter too, unless theirs would be the only one and may not be. */
export function whoseWord(waiting: Waiting): {readonly missing: number; readonly of: readonly string[]} {
  const {required, approvers, approved, starterMayApprove, starterKey, startedBy} = waiting;
  const names = [...new Set(approvers.map(({name}) => name))];
  const isStarter = (name: string): boolean =>
    name === startedBy || approvers.some((one) => one.name === name && one.id === starterKey);
  const open = names.filter((name) => !approved.includes(name));
  const others = approved.some((name) => !isStarter(name));
  // One approval at least has to come from somebody else.
  const lastWordIsTaken = !starterMayApprove && !others && new Set(approved).size >= required - 1;
  return {
    missing: Math.max(lastWordIsTaken ? 1 : 0, required - new Set(approved).size),
    of: lastWordIsTaken ? open.filter((name) => !isStarter(name)) : open,
  };
}
