import type {Span} from '@opentelemetry/api';
import type {GatewayKey} from '../../schemas/gateway-key.ts';
import type {ChatRequest} from './chat-request.ts';
import type {Served} from './deployment-watch.ts';

/** A request on its way: who answers it, and what its trace is called. */
export interface Exchange {
  readonly id: string;
  /** Milliseconds since the epoch; the id is of the same second. */
  readonly at: number;
  readonly task: string;
  readonly request: ChatRequest;
  readonly served: Served;
  readonly role: 'stable' | 'canary';
  readonly unit: string;
  /** Who pays; null where no key was needed, and for shadow copies, which are the project's own. */
  readonly key: GatewayKey | null;
  /** Null where nobody traces. */
  readonly span: Span | null;
}
