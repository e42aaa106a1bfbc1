import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { canary } from './canary.ts'
import { listenOnLoopback } from './loopback.ts'

/** In the URL of every proxy here. */
export const PROXY_PASSWORD = canary('proxy')

export type TestProxy = {
  url: string
  asked: string[]
  authorizations: (string | undefined)[]
  refuse: (status: number) => void
}

/** A real forward proxy that connects whatever name it is asked for to 127.0.0.1. */
export async function startProxy(t: Test): Promise<TestProxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const sockets = new Set<Socket>()
  let refusal: number | undefined
  const note = (what: string, { headers }: IncomingMessage): void => {
    asked.push(what)
    authorizations.push(headers['proxy-authorization'])
  }
  const server = createServer((incoming: IncomingMessage, answer: ServerResponse) => {
    note(`${incoming.method} ${incoming.url}`, incoming)
    if (refusal !== undefined) return answer.writeHead(refusal).end()
    const { port, pathname } = new URL(incoming.url ?? '')
    const onward = httpRequest({ host: '127.0.0.1', port, path: pathname, method: incoming.method }, (response) => {
      answer.writeHead(response.statusCode ?? 502)
      response.pipe(answer)
    })
    return incoming.pipe(onward)
  })
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(`CONNECT ${incoming.url}`, incoming)
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`)
    const onward = connect(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    for (const each of [socket, onward]) sockets.add(each.on('error', () => each.destroy()))
    return undefined
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://bode:${PROXY_PASSWORD}@127.0.0.1:${port}`,
    asked,
    authorizations,
    refuse: (status) => (refusal = status),
  }
}
