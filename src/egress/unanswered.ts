import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** What a request was written on; `readBefore`: bytes that the socket had brought by then. */
type Sent = { socket: Socket; isReused: boolean; readBefore: number }

const used = new WeakSet<Socket>()
const sent = new WeakMap<object, Sent>()
const unanswered = new WeakSet<object>()

/**
 * True for the error of a request that was written on a kept connection which then died without a byte in answer:
 * the other side had most likely closed it already, and never saw the request. undici says on which socket a request
 * goes only in these channels.
 */
export function diedUnanswered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unanswered.has(error)
}

subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: object; socket: Socket }
  sent.set(request, { socket, isReused: used.has(socket), readBefore: socket.bytesRead })
  used.add(socket)
})

subscribe('undici:request:error', (message) => {
  const { request, error } = message as { request: object; error: object & { code?: unknown } }
  const on = sent.get(request)
  if (on?.isReused === true && on.socket.bytesRead === on.readBefore && DEAD.has(error.code)) unanswered.add(error)
})

/** How undici reports a connection that the other side ended. */
const DEAD: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
