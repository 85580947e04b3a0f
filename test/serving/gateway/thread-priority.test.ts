import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {gatewayBed} from './gateway-bed.ts';
import {startGatewayProcess} from './gateway-process.ts';

const bed = gatewayBed();

interface Thread {
  readonly name: string;
  readonly nice: number;
}

/** Linux: proc_pid_stat(5), the fields after the name in parentheses; the third is the state, the nineteenth the niceness. */
function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(stat) ?? [];
    return {name, nice: Number(rest.split(' ')[19 - 3])};
  });
}

test.skipIf(!existsSync('/proc/thread-self'))(
  'threads that no request waits for yield to the one that answers',
  async () => {
    await bed.store.deploy(bed.base);
    const gateway = await startGatewayProcess(bed.store, [bed.engines[0]!.url], '--flush-ms', '10');
    try {
      const {status} = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({
          model: 'mail/triage',
          messages: [{role: 'user', content: 'Subject: Hi\n\nHello'}],
        }),
      });
      expect(status).toBe(200);
      await expect.poll(() => bed.traces(), {timeout: 30_000}).toHaveLength(1);
      const threads = threadsOf(gateway.child.pid!);
      const nice = (name: string) => [
        ...new Set(threads.filter((one) => one.name === name).map((one) => one.nice)),
      ];
      expect({answers: nice('MainThread'), collects: nice('V8Worker'), writes: nice('WorkerThread')}).toEqual(
        {
          answers: [0],
          collects: [10],
          writes: [3],
        },
      );
    } finally {
      await gateway.end('SIGTERM');
    }
  },
);
