import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {startEngine, type EngineProcess} from '../serving/engine/engine-process.ts';
import {startGatewayProcess, type GatewayProcess} from '../serving/gateway/gateway-process.ts';
import {projectStore, type ProjectStore} from '../serving/project-store.ts';
import {noReceiver, otlpReceiver, type OtlpReceiver, type ReceivedSpan} from './otlp-receiver.ts';

/** A word of the request that must get nowhere, and the caller's own span. */
const WORD = 'quincunxial';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

const missing = noReceiver();

describe.skipIf(missing !== undefined)(
  `a request, by a real collector${missing ? `: ${missing}` : ''}`,
  () => {
    let receiver: OtlpReceiver;
    let store: ProjectStore;
    let engine: EngineProcess;
    let gateway: GatewayProcess;
    let release: string;
    let own: string;
    let log: string;
    const before = {...process.env};

    beforeAll(async () => {
      receiver = await otlpReceiver();
      Object.assign(process.env, receiver.env, {RATCHET_LOG: 'json'});
      store = await projectStore();
      const base = await store.release();
      release = base.digest;
      await store.deploy(base);
      engine = await startEngine();
      gateway = await startGatewayProcess(store, [engine.url]);
      const ask = async (headers: Record<string, string>, model = 'mail/triage') => {
        const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: {'content-type': 'application/json', ...headers},
          body: JSON.stringify({model, messages: [{role: 'user', content: `Subject: a\n\n${WORD} hello`}]}),
        });
        expect(answer.status).toBe(200);
        return answer.headers.get('x-ratchet-trace')!;
      };
      await ask({traceparent: `00-${TRACE}-${CALLER}-01`});
      own = await ask({});
      // Another caller decided that nobody shall look.
      await ask({traceparent: `00-${'1'.repeat(32)}-${CALLER}-00`});
      await gateway.end('SIGTERM');
      await engine.stop();
      await receiver.stop();
      log = gateway.stderr();
    }, 120_000);

    afterAll(async () => {
      gateway?.child.kill('SIGKILL');
      engine?.child.kill('SIGKILL');
      await receiver?.stop();
      await store?.remove();
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    });

    const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
      const found = spans.filter((span) => span.name === name);
      expect(found.map((span) => span.name)).toEqual([name]);
      return found[0]!;
    };

    it('is one trace from its caller through gateway and engine to the model', () => {
      const spans = receiver.spans().filter(({traceId}) => traceId === TRACE);
      const chat = named(spans, 'chat mail/triage');
      expect(chat).toMatchObject({service: 'ratchet-gateway', kind: 2, parentSpanId: CALLER});
      const [call, answer] = ['ratchet-gateway', 'ratchet-engine'].map((service) =>
        named(
          spans.filter((span) => span.service === service),
          'text_completion smollm2-135m-instruct',
        ),
      ) as [ReceivedSpan, ReceivedSpan];
      expect(call).toMatchObject({kind: 3, parentSpanId: chat.spanId});
      expect(answer).toMatchObject({kind: 2, parentSpanId: call.spanId});
      const phases = spans.filter(({parentSpanId}) => parentSpanId === answer.spanId);
      expect(phases.map(({name}) => name)).toEqual(['queue', 'prefill']);
      expect(spans).toHaveLength(5);
      for (const phase of phases) expect(phase.end).toBeLessThanOrEqual(answer.end);
    });

    it('says by the GenAI conventions what was asked for and what it took', () => {
      const spans = receiver.spans().filter(({traceId}) => traceId === TRACE);
      expect(named(spans, 'chat mail/triage').attributes).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'ratchet',
        'gen_ai.request.model': 'mail/triage',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': expect.any(Number),
        'gen_ai.usage.output_tokens': expect.any(Number),
        'http.response.status_code': 200,
        'ratchet.project': 'mail',
        'ratchet.task': 'triage',
        'ratchet.release': release,
        'ratchet.role': 'stable',
      });
      const call = spans.find(({kind}) => kind === 3)!;
      expect(call.attributes).toMatchObject({
        'gen_ai.operation.name': 'text_completion',
        'gen_ai.request.temperature': 0,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(engine.url).port),
      });
    });

    it('is called as `ratchet trace` knows it where no caller has a trace', () => {
      const [chat] = receiver.spans().filter(({traceId}) => traceId === own);
      expect(chat).toBeDefined();
      const spans = receiver.spans().filter(({traceId}) => traceId === own);
      expect(named(spans, 'chat mail/triage')).toMatchObject({
        parentSpanId: '',
        attributes: {'ratchet.trace': own},
      });
      expect(spans).toHaveLength(5);
    });

    it('is not looked at where the caller was not sampled', () => {
      expect(receiver.spans().map(({traceId}) => traceId)).not.toContain('1'.repeat(32));
    });

    it('is counted, by the names that Prometheus has', () => {
      const metrics = receiver.metrics();
      const of = (name: string) => metrics.find((metric) => metric.name === name)!;
      expect(of('ratchet_requests_total')).toMatchObject({
        service: 'ratchet-gateway',
        kind: 'sum',
        points: [{value: 3, attributes: {task: 'triage', role: 'stable', status: '200'}}],
      });
      const duration = of('gen_ai_server_request_duration_seconds');
      expect(duration).toMatchObject({service: 'ratchet-engine', kind: 'histogram', unit: 's'});
      const [point] = duration.points;
      expect(point!.attributes).toMatchObject({
        gen_ai_operation_name: 'text_completion',
        gen_ai_request_model: 'smollm2-135m-instruct',
      });
      // OTLP's buckets are not cumulative, and there is one more than bounds.
      expect(point!.bucketCounts!.reduce((sum, count) => sum + count, 0)).toBe(3);
      expect(point!.bucketCounts).toHaveLength(point!.bounds!.length + 1);
      expect(of('ratchet_engine_waiting')).toMatchObject({kind: 'gauge'});
    });

    it('leaves no word of it in spans, metrics or logs', () => {
      expect(receiver.text()).not.toContain(WORD);
      expect(log).not.toContain(WORD);
      const line = JSON.parse(log.split('\n').find((one) => one.includes('deployment'))!) as object;
      expect(line).toMatchObject({level: 'info', part: 'gateway', project: 'mail', release});
    });
  },
);
