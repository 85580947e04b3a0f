import type {Vendor} from '../../../schemas/release.ts';
import {Circuit, type CircuitOptions} from './circuit.ts';
import {RetryBudget, type RetryBudgetOptions} from './retry-budget.ts';
import {Transport} from './transport.ts';

export interface EndpointOptions {
  readonly vendor: Vendor;
  readonly baseUrl: string;
  /**
   * The longest silence in the middle of an answer, in ms. Default 120,000: a model that reasons may say nothing for long, where
   * its server sends no pings either.
   */
  readonly idleMs?: number;
  /** The longest answer, in bytes. Default 32 MiB. */
  readonly maxAnswerBytes?: number;
  readonly budget?: RetryBudgetOptions;
  readonly circuit?: CircuitOptions;
  /** For proxies. Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A vendor's address: what all its models share of connections, retry budget and circuit. */
export interface Endpoint {
  readonly vendor: Vendor;
  readonly baseUrl: string;
  /** `openai at https://api.openai.com/v1`, without credentials that the address holds. */
  readonly name: string;
  readonly transport: Transport;
  readonly budget: RetryBudget;
  readonly circuit: Circuit;
  close(): Promise<void>;
}

export function openEndpoint({
  vendor,
  baseUrl,
  idleMs = 120_000,
  maxAnswerBytes = 32 << 20,
  budget,
  circuit,
  environment = process.env,
}: EndpointOptions): Endpoint {
  const {origin, pathname} = new URL(baseUrl);
  const transport = new Transport({idleMs, maxAnswerBytes, environment});
  return {
    vendor,
    baseUrl,
    name: `${vendor} at ${origin}${pathname.replace(/\/$/, '')}`,
    transport,
    budget: new RetryBudget(budget),
    circuit: new Circuit(circuit),
    close: () => transport.close(),
  };
}
