// Headless Chromium by its own protocol over two pipes: no driver, no port.  new Browser(program), then page(file).
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class Browser {
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), 'segments-browser.'))
    // The sandbox needs more than containers give, and the page is ours.
    this.process = spawn(program, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run', '--disable-extensions',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-default-browser-check', `--user-data-dir=${this.profile}`, '--remote-debugging-pipe', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    this.waiting = new Map()
    this.heard = []
    this.count = 0
    let rest = ''
    this.process.stdio[4].setEncoding('utf8')
    this.process.stdio[4].on('data', chunk => {
      const messages = (rest + chunk).split('\0')
      rest = messages.pop()
      for (const message of messages) this.receive(JSON.parse(message))
    })
    this.process.on('exit', () => { for (const { reject } of this.waiting.values()) reject(new Error('chromium has ended')) })
    this.process.on('error', error => { for (const { reject } of this.waiting.values()) reject(error) })
    this.process.stdio[3].on('error', () => {})
  }

  receive(message) {
    const waiting = this.waiting.get(message.id)
    if (!waiting) return this.heard.push(message)
    this.waiting.delete(message.id)
    if (message.error) waiting.reject(new Error(message.error.message))
    else waiting.resolve(message.result)
  }

  send(method, params = {}, sessionId = this.session) {
    const id = ++this.count
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0')
    })
  }

  async open(url) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' }, undefined)
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true }, undefined)).sessionId
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`)
    await this.send('Page.navigate', { url })
    await this.until('document.documentElement?.dataset.drawn === "true"')
  }

  async until(expression, milliseconds = 20000) {
    for (const end = Date.now() + milliseconds; Date.now() < end;) {
      if (await this.evaluate(expression)) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error(`did not come true: ${expression}; ${this.complaints().join('; ')}`)
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  // Two frames later everything is drawn for the new width.
  frames() { return this.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 50))))') }

  async look({ width, height = 900, scheme = 'light', media = 'screen', mobile = false }) {
    await this.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] })
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: mobile ? 2 : 1, mobile })
    await this.frames()
  }

  async press(key) {
    for (const type of ['keyDown', 'keyUp']) await this.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: { Tab: 9, ArrowRight: 39, ArrowLeft: 37, End: 35, Home: 36 }[key] })
  }

  async screenshot(whole = true) {
    return Buffer.from((await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole, ...(whole ? { clip: { x: 0, y: 0, scale: 1, ...await this.evaluate('({ width: innerWidth, height: document.documentElement.scrollHeight })') } } : {}) })).data, 'base64')
  }

  async print() { return Buffer.from((await this.send('Page.printToPDF', { printBackground: true, preferCSSPageSize: true, paperWidth: 8.27, paperHeight: 11.69 })).data, 'base64') }

  // What the console or the browser itself complained of, and whatever was asked of others than the page.
  complaints() {
    return this.heard.flatMap(({ method, params }) => {
      if (method === 'Runtime.exceptionThrown') return [params.exceptionDetails.exception?.description ?? params.exceptionDetails.text]
      if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) return [params.args.map(argument => argument.value ?? argument.description).join(' ')]
      if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) return [params.entry.text]
      if (method === 'Network.requestWillBeSent' && !params.request.url.startsWith('file:')) return [`asked for ${params.request.url}`]
      return []
    })
  }

  async close() {
    const ended = new Promise(resolve => this.process.once('exit', resolve))
    this.send('Browser.close', {}, undefined).catch(() => {})
    const late = setTimeout(() => this.process.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(late)
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
