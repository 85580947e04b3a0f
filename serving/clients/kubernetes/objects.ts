import {z} from 'zod';

/** The parts of Kubernetes objects that Ratchet reads: batch/v1 Job, v1 Pod, discovery.k8s.io/v1 EndpointSlice. */
const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
});
const Metadata = z.looseObject({
  name: z.string(),
  uid: z.string(),
  creationTimestamp: z.string().nullish(),
  /** Set while it is being deleted. */
  deletionTimestamp: z.string().nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

export const Job = z.looseObject({
  metadata: Metadata,
  status: z.looseObject({conditions: z.array(Condition).nullish()}).nullish(),
});
export type Job = z.infer<typeof Job>;

const ContainerStatus = z.looseObject({
  name: z.string(),
  state: z
    .looseObject({
      waiting: z.looseObject({reason: z.string().nullish(), message: z.string().nullish()}).nullish(),
      running: z.looseObject({}).nullish(),
      terminated: z
        .looseObject({exitCode: z.int(), reason: z.string().nullish(), message: z.string().nullish()})
        .nullish(),
    })
    .nullish(),
});
export const Pod = z.looseObject({
  metadata: Metadata,
  status: z
    .looseObject({
      phase: z.string().nullish(),
      conditions: z.array(Condition).nullish(),
      containerStatuses: z.array(ContainerStatus).nullish(),
    })
    .nullish(),
});
export type Pod = z.infer<typeof Pod>;

/** Lists are null where they are empty; a condition that is missing is unknown. */
export const EndpointSlice = z.looseObject({
  addressType: z.string(),
  ports: z.array(z.looseObject({name: z.string().nullish(), port: z.int().nullish()})).nullish(),
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()).min(1),
        conditions: z
          .looseObject({
            ready: z.boolean().nullish(),
            serving: z.boolean().nullish(),
            terminating: z.boolean().nullish(),
          })
          .nullish(),
        targetRef: z.looseObject({uid: z.string().nullish()}).nullish(),
      }),
    )
    .nullish(),
});
export type EndpointSlice = z.infer<typeof EndpointSlice>;

/** The condition of this type, if it holds. */
export function holds({status}: Pick<Job, 'status'>, type: string): z.infer<typeof Condition> | undefined {
  return status?.conditions?.find((one) => one.type === type && one.status === 'True');
}
