import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { Problem } from '../common/problem.ts'
import { API_VERSION } from './api-version.ts'
import { problemDocument } from './problem-document.ts'

/**
 * Answers what Node could not read as an HTTP request, before there is any: a request line that is none, headers
 * over the limit, a request that does not arrive. A problem document like every other refusal, its `type` relative
 * because nobody said which host this is; then the connection ends. A peer that is gone gets nothing.
 */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const document = problemDocument(problemOf(error.code), { root: '', requestId: randomUUID() })
  const body = JSON.stringify(document)
  const head = [
    `HTTP/1.1 ${document.status} ${document.code}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `API-version: ${API_VERSION}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem('headersTooLarge', { detail: 'De headers van de aanvraag zijn samen groter dan 16 KB.' })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('timeout')
  return new Problem('badRequest', { detail: 'De aanvraag is geen geldig HTTP/1.1.' })
}
