// A subscriber that does nothing but count: it reads each request and answers 204. Asked `take` it tells what came
// since the last time: how many, and how long each message was under way when it bears the moment it was sent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from './process.ts'

/** How long messages were under way, ms, and how many came, with or without a moment. */
export type Taken = { count: number; tookMs: number[] }

const SENT_AT = /"resourceUrl":"[^"]*#([\d.]+)"/u
let taken: Taken = { count: 0, tookMs: [] }

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (body += chunk))
  request.on('end', () => {
    taken.count += 1
    const sentAt = SENT_AT.exec(body)?.[1]
    if (sentAt !== undefined) taken.tookMs.push(performance.timeOrigin + performance.now() - Number(sentAt))
    response.writeHead(204).end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  answerParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, (question) => {
    if (question === 'count') return taken.count
    const before = taken
    taken = { count: 0, tookMs: [] }
    return before
  })
})
