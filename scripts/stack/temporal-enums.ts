/** temporal.api.enums.v1.TaskQueueType; the client package exports the numbers only through generated code. */
export const TaskQueueType = {workflow: 1, activity: 2} as const;
