import type {FastifyInstance} from 'fastify';
import {listenOn} from '../listen-on.ts';
import {adminServer, metricsServer} from './admin-server.ts';
import type {Admission} from './admission.ts';
import {gatewayServer, type ServerParts} from './server.ts';
import type {GatewaySettings} from './settings.ts';

/** The gateway's ports: for clients, for operators on loopback, and for a Prometheus elsewhere where the settings say so. */
export class Listeners {
  readonly #settings: GatewaySettings;
  readonly #clients: FastifyInstance;
  readonly #operators: FastifyInstance;
  readonly #metrics: FastifyInstance | null;

  constructor(settings: GatewaySettings, parts: ServerParts, admission: Admission) {
    const {access, health, metrics, limits} = parts;
    this.#settings = settings;
    this.#clients = gatewayServer(parts);
    this.#operators = adminServer({access, health, counts: admission.counts, metrics, limits});
    this.#metrics =
      settings.metrics && metricsServer({access: admission.at(settings.metrics.host), metrics, limits});
  }

  /** Throws InvalidInput that names the setting whose address cannot be had; then none listens. */
  async open(): Promise<{readonly url: string; readonly adminUrl: string}> {
    const {adminPort, metrics} = this.#settings;
    try {
      const url = await listenOn(this.#clients, this.#settings, '--host and --port');
      const operators = {host: '127.0.0.1', port: adminPort};
      const adminUrl = await listenOn(this.#operators, operators, '--admin-port');
      if (metrics !== null) await listenOn(this.#metrics!, metrics, '--metrics (or RATCHET_GATEWAY_METRICS)');
      return {url, adminUrl};
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Answers what was begun first. */
  async close(): Promise<void> {
    await this.#clients.close();
    await this.#operators.close();
    await this.#metrics?.close();
  }
}
