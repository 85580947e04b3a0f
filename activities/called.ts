/** Activities as a workflow calls them: by their input alone; context and activity are the worker's to give. */
export type Called<Module> = {
  [
    Name in keyof Module as Module[Name] extends (...args: never[]) => Promise<unknown> ? Name : never
  ]: Module[Name] extends (input: infer Input, ...rest: never[]) => infer Output
    ? (input: Input) => Output
    : never;
};
