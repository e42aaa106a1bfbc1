import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { listenOnLoopback } from '../support/loopback.ts'

/**
 * A reverse proxy on 127.0.0.1 that serves `target` below `prefix`, as an ingress does: the path is cut, the host
 * is its own and what the client called stands in `X-Forwarded-*`. Returns its origin.
 */
export async function reverseProxy(t: Test, target: () => string, prefix = ''): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url = '' } = incoming
    const { hostname, port, host } = new URL(target())
    const forwarded = { 'x-forwarded-host': headers.host, 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' }
    const request = forward(
      { hostname, port, method, path: url.slice(prefix.length), headers: { ...headers, ...forwarded, host } },
      (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers)),
    )
    incoming.pipe(request)
  })
  await listenOnLoopback(proxy)
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}
