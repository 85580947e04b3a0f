/**
 * The gateway as a process: prints one JSON line `{"listening": url, "admin": url, …}` when it answers. On SIGTERM it answers what it has
 * begun, writes its traces and feedback, and ends with 0. `node serving/gateway/main.ts --help`
 */
import {RatchetError} from '../../schemas/errors.ts';
import {logFormat, logOf, sayLast} from '../../telemetry/log.ts';
import {startGateway} from './start.ts';
import {gatewaySettings, HELP} from './settings.ts';
import {collectorYieldsToRequests} from './thread-priority.ts';

async function main(): Promise<void> {
  const settings = gatewaySettings(process.argv.slice(2), process.env);
  if (settings === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const say = logOf({part: 'gateway', project: settings.project, format: logFormat(process.env)});
  collectorYieldsToRequests();
  const running = await startGateway(settings, say);
  process.stdout.write(
    `${JSON.stringify({listening: running.url, admin: running.adminUrl, pid: process.pid, time: new Date().toISOString()})}\n`,
  );
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`did not end well: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

main().catch((error: unknown) => {
  sayLast('gateway', error instanceof Error ? error.message : String(error));
  const used =
    (error instanceof RatchetError && error.type === 'InvalidInput') ||
    (error as {code?: string}).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.exit(used ? 2 : 1);
});
