import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'

export type ReceivedRequest = {
  path: string
  method: string
  headers: IncomingHttpHeaders
  body: string
  /** When it was complete, by the receiver's own clock (epoch ms). */
  receivedAt: number
}

/**
 * What the receiver does with a request. `hang` never answers; `reset` breaks the connection; `drip`
 * sends headers and then one byte per `everyMs` without end; `garbage` is no HTTP.
 */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string | Buffer; delayMs?: number }
  | 'hang'
  | 'reset'
  | 'garbage'
  | { drip: { everyMs: number } }

/** A real HTTP server on 127.0.0.1 that records what it gets and answers as it is told. */
export class Receiver {
  readonly requests: ReceivedRequest[] = []
  /** Requests being answered now, and the most there ever were at once. */
  inFlight = 0
  maxInFlight = 0
  #answer: (request: ReceivedRequest) => Answer = () => ({ status: 204 })
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  readonly #sockets = new Set<Socket>()
  #waiting: { count: number; resolve: () => void }[] = []

  /** Starts one that stops with the test. */
  static async start(t: Test): Promise<Receiver> {
    const receiver = new Receiver()
    await receiver.listen()
    t.teardown(() => receiver.stop())
    return receiver
  }

  async listen(port = 0, host = '127.0.0.1'): Promise<void> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => this.#server.listen(port, host, resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** From now on every request gets this answer. */
  answer(answer: Answer | ((request: ReceivedRequest) => Answer)): void {
    this.#answer = typeof answer === 'function' ? answer : () => answer
  }

  /** Resolves when `count` requests have arrived in total. */
  async received(count: number): Promise<void> {
    if (this.requests.length >= count) return
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
  }

  /** Breaks all connections: what hangs ends with a reset. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    // Not a reset: now and then one leaves Node 20 spinning at the end of its process, after the last test.
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight)
    response.once('close', () => {
      this.inFlight -= 1
    })
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return // the sender went away
    }
    const received: ReceivedRequest = {
      path: request.url ?? '',
      method: request.method ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      receivedAt: Date.now(),
    }
    this.requests.push(received)
    give(this.#answer(received), response)
    const [due, waiting] = partition(this.#waiting, ({ count }) => this.requests.length >= count)
    this.#waiting = waiting
    for (const { resolve } of due) resolve()
  }
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer === 'hang') return
  if (answer === 'reset') response.socket?.resetAndDestroy()
  else if (answer === 'garbage') response.socket?.end('what do you mean, HTTP?\r\n\r\n')
  else if ('drip' in answer) {
    response.writeHead(200)
    const timer = setInterval(() => response.write('.'), answer.drip.everyMs)
    response.once('close', () => clearInterval(timer))
  } else {
    setTimeout(() => response.writeHead(answer.status, answer.headers).end(answer.body), answer.delayMs ?? 0)
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
