import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {delimiter} from 'node:path';
import {existsSync} from 'node:fs';

/** A Chromium of this machine: RATCHET_TEST_CHROMIUM, else one on PATH; null where there is none. */
export function chromium(): string | null {
  const named = process.env['RATCHET_TEST_CHROMIUM'];
  if (named) return named;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const places = (process.env['PATH'] ?? '').split(delimiter);
  return (
    names.flatMap((name) => places.map((place) => path.join(place, name))).find((file) => existsSync(file)) ??
    null
  );
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {readonly message: string};
}

/** A headless Chromium, spoken to by the DevTools protocol, with one tab. */
export class Browser {
  /** What pages wrote to the console, what was refused by a policy, and requests that failed, since the last `open`. */
  readonly complaints: string[] = [];
  readonly #requests = new Map<string, string>();
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #session = '';
  /** A page's main frame has the ID of its target. */
  #frame = '';
  #last = 0;
  /** Documents of the tab that were loaded, in their order. */
  readonly #loads: string[] = [];
  #onLoad: () => void = () => undefined;

  private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
    [this.#process, this.#folder, this.#socket] = [process, folder, socket];
    socket.addEventListener('message', ({data}) => this.#take(JSON.parse(String(data)) as Message));
  }

  static async start(file: string, {width = 1100, height = 760} = {}): Promise<Browser> {
    const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-chromium-'));
    const child = spawn(
      file,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--remote-debugging-port=0',
        `--user-data-dir=${folder}`,
        `--window-size=${width},${height}`,
        '--disable-background-networking',
        '--disable-component-update',
        'about:blank',
      ],
      {stdio: ['ignore', 'ignore', 'pipe']},
    );
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        const [, url] = /DevTools listening on (ws:\S+)/.exec((said += chunk.toString())) ?? [];
        if (url !== undefined) resolve(url);
      });
      child.once('exit', () => reject(new Error(`Chromium ended: ${said}`)));
    });
    const socket = new WebSocket(address);
    await once(socket, 'open');
    const browser = new Browser(child, folder, socket);
    const {targetId} = await browser.#send('Target.createTarget', {url: 'about:blank'});
    const {sessionId} = await browser.#send('Target.attachToTarget', {targetId, flatten: true});
    browser.#session = String(sessionId);
    browser.#frame = String(targetId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.#send(`${domain}.enable`);
    await browser.#send('Page.setLifecycleEventsEnabled', {enabled: true});
    return browser;
  }

  /** Addresses that were asked for since the last `open`, without those that a policy kept from being asked for. */
  get requests(): string[] {
    return [...this.#requests.values()];
  }

  /** Goes there and waits until the page is loaded. */
  async open(url: string): Promise<void> {
    this.complaints.length = 0;
    this.#requests.clear();
    const {loaderId} = await this.#send('Page.navigate', {url});
    await this.#until(() => this.#loads.includes(String(loaderId)));
  }

  /** Does what makes the page load another, and waits for that. */
  async follow(expression: string): Promise<void> {
    const before = this.#loads.length;
    await this.evaluate(expression);
    await this.#until(() => this.#loads.length > before);
  }

  /** Opens a page that goes on to another by itself, and waits for that. */
  async openThrough(url: string): Promise<void> {
    const before = this.#loads.length;
    await this.open(url);
    await this.#until(() => this.#loads.length > before + 1);
  }

  /** The value of an expression in the page; the page's own policy does not apply to it. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.#send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    const {result, exceptionDetails} = answer as {result: {value: T}; exceptionDetails?: {text: string}};
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** A picture as PNG; `clip` in CSS pixels. */
  async picture(clip: {x: number; y: number; width: number; height: number}, scale = 1): Promise<Buffer> {
    const shot = {format: 'png', captureBeyondViewport: true, clip: {...clip, scale}};
    return Buffer.from(String((await this.#send('Page.captureScreenshot', shot))['data']), 'base64');
  }

  async stop(): Promise<void> {
    this.#socket.close();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    await rm(this.#folder, {recursive: true, force: true, maxRetries: 5});
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#onLoad = resolve));
  }

  #send(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = (this.#last += 1);
    const sessionId = this.#session === '' ? {} : {sessionId: this.#session};
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({result, error}) =>
        error === undefined ? resolve(result ?? {}) : reject(new Error(`${method}: ${error.message}`)),
      );
      this.#socket.send(JSON.stringify({id, method, params, ...sessionId}));
    });
  }

  #take(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
      return;
    }
    const params = message.params ?? {};
    switch (message.method) {
      case 'Page.lifecycleEvent':
        if (params['name'] !== 'load' || params['frameId'] !== this.#frame) break;
        this.#loads.push(String(params['loaderId']));
        this.#onLoad();
        break;
      case 'Runtime.consoleAPICalled':
      case 'Runtime.exceptionThrown':
      case 'Log.entryAdded':
      case 'Network.loadingFailed':
        if (params['blockedReason'] === 'csp') this.#requests.delete(String(params['requestId']));
        this.complaints.push(`${message.method}: ${JSON.stringify(params).slice(0, 500)}`);
        break;
      case 'Network.requestWillBeSent':
        this.#requests.set(String(params['requestId']), (params as {request: {url: string}}).request.url);
        break;
      default:
    }
  }
}
