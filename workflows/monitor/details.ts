import type {MonitorSettings} from '../../activities/monitor/monitor-settings.ts';
import type {DriftColumn, MonitorLook} from '../../schemas/drift.ts';
import {short} from '../../schemas/names.ts';

/** What a person who opens the monitor in the Temporal UI reads (Markdown). */
export function monitorDetails({
  last,
  next,
  settings,
  notReset,
}: {
  readonly last: MonitorLook | null;
  readonly next: string;
  readonly settings: MonitorSettings;
  readonly notReset: string | null;
}): string {
  const holds = `cool-down ${settings.coolDownMs / 60_000} min, circuit opens after ${settings.circuitBreaker} retrains without promotion`;
  const still = notReset === null ? [] : [`- the circuit could not be closed: ${notReset}`];
  if (last === null) return [`Has not looked yet; ${next}.`, `- ${holds}`, ...still].join('\n');
  const columns = last.check?.drift.columns ?? [];
  const about = [
    ...(last.check === null ? [] : [`release \`${short(last.check.release)}\``]),
    ...(last.check === null && last.retrain === 'none' ? [] : [`retrain: ${last.retrain}`]),
  ].join(', ');
  return [
    `**${last.check === null ? 'Nothing to compare' : last.check.drift.drifted ? 'Drifted' : 'No drift'}** at ${last.at}: ${last.note}`,
    ...(about === '' ? [] : [`- ${about}`]),
    `- ${next}; ${holds}`,
    ...still,
    ...columns.map(line),
  ].join('\n');
}

function line({column, statistic, effect, threshold, p, drifted, tested, note}: DriftColumn): string {
  const found =
    tested === false ? 'not tested' : `${statistic} ${effect.toFixed(3)} / ${threshold}, p ${p.toFixed(3)}`;
  return `- ${drifted ? '▲' : '·'} **${column}** ${found}${note ? `. ${note}` : ''}`;
}
