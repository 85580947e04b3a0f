import {visible} from './visible.ts';
import {RatchetError} from '../schemas/errors.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** What a line is about, by ids alone. Nothing that users wrote, models answered or rows hold belongs in a line. */
export interface About {
  readonly level?: LogLevel;
  /** The lifecycle (or other first) workflow's ID: the RUN of every command. */
  readonly run?: string | undefined;
  readonly stage?: string | undefined;
  readonly release?: string | undefined;
  /** The id of one answer, which `ratchet trace` takes; or W3C's trace id of a run. */
  readonly trace?: string | undefined;
  readonly workflow?: string | undefined;
  readonly activity?: string | undefined;
  readonly attempt?: number | undefined;
  /** Of errors: their type or code. */
  readonly error?: string | undefined;
  readonly seconds?: number | undefined;
}

/** Writes one line. */
export type Say = (message: string, about?: About) => void;

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** `RATCHET_LOG`: text for people (the default) or json, one object a line. Throws InvalidInput for anything else. */
export function logFormat(env: Readonly<Record<string, string | undefined>>): LogFormat {
  const given = env['RATCHET_LOG'] || 'text';
  const format = LOG_FORMATS.find((one) => one === given);
  if (format !== undefined) return format;
  throw new RatchetError('InvalidInput', `RATCHET_LOG: expected ${LOG_FORMATS.join(' or ')}, got "${given}"`);
}

/**
 * A process's log. As JSON: `time` (ISO), `level`, `part`, `project`, `pid`, `message`, and the ids that the line is about.
 * As text: `TIME PART: message key=value …`, and `PART error:` or `PART warn:` where it is one.
 */
export function logOf(options: {
  readonly part: string;
  readonly project?: string | undefined;
  readonly format: LogFormat;
  readonly write?: (line: string) => void;
}): Say {
  const {part, project, format} = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  if (format === 'text')
    return (message, {level = 'info', ...ids} = {}) =>
      write(
        `${now()} ${part}${level === 'info' ? '' : ` ${level}`}: ${visible(message)}${visible(keyValues(ids))}\n`,
      );
  return (message, {level = 'info', ...ids} = {}) =>
    write(
      `${visible(JSON.stringify({time: now(), level, part, project, pid: process.pid, message, ...ids}))}\n`,
    );
}

/** The line that a process ends with, also where its settings could not be read: in the format asked for, if that is one. */
export function sayLast(part: string, message: string): void {
  const format = process.env['RATCHET_LOG'] === 'json' ? 'json' : 'text';
  logOf({part, format})(message, {level: 'error'});
}

const now = (): string => new Date().toISOString();

function keyValues(ids: Omit<About, 'level'>): string {
  return Object.entries(ids)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('');
}
