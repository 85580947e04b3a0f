// @ts-check
import {spawn} from 'node:child_process';
import {constants} from 'node:os';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs a command to its end and keeps the last 64 KB of what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number}} [options]
 * @returns {Promise<{ok: boolean, code: number | undefined, output: string, stdout: string}>} code undefined: it could
 *   not be started or was killed; `output` then says so
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      output = (output + chunk).slice(-65536);
      stdout = (stdout + chunk).slice(-65536);
    });
    child.stderr.on('data', (chunk) => {
      output = (output + chunk).slice(-65536);
    });
    const timer = options.timeoutMs && setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    /** @param {number | undefined} code */
    const end = (code) => {
      if (timer) clearTimeout(timer);
      running.delete(child);
      resolve({ok: code === 0, code, output, stdout});
    };
    child.once('error', (error) => {
      output += error.message;
      end(undefined);
    });
    child.once('close', (code, signal) => {
      if (signal !== null) output += `\nkilled by ${signal}`;
      end(code ?? undefined);
    });
  });
}

/** Ends what `capture` has running; for the way out on a signal. */
export function endRunning() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Runs a command in this process's place: its terminal, signals handed on, and the number for `process.exit`.
 * Ctrl-C at a terminal reaches the child by itself (it is in the same foreground group), so it is not sent twice.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code; 128 + number of the signal that ended it; 127 where it cannot be started
 */
export function runInPlace(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {env, stdio: 'inherit'});
    /** @type {readonly NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
    const handlers = signals.map((signal) => {
      const handler = () => {
        if ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY) return;
        child.kill(signal);
      };
      process.on(signal, handler);
      return /** @type {const} */ ([signal, handler]);
    });
    /** @param {number} code */
    const end = (code) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`ratchet: cannot start ${command}: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) =>
      end(code ?? (signal === null ? 1 : 128 + (constants.signals[signal] ?? 0))),
    );
  });
}
