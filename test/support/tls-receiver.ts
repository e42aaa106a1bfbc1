import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { TlsMaterial } from '../../src/common/snapshot.ts'
import { makeCertificate } from './certificate.ts'
import { listenOnLoopback } from './loopback.ts'

/** A certificate authority of one test. */
export type Authority = { name: string; key: string; cert: string }

export function authority(name: string): Authority {
  return { name, ...makeCertificate({ name, ip: false, isCa: true }) }
}

/** Certificate and key of `name`, signed by `ca`. */
export function certified(name: string, ca: Authority): { key: string; cert: string } {
  return makeCertificate({ name, signedBy: ca })
}

/** What a client of `ca` shows, and whom it trusts. */
export function materialOf(
  name: string,
  ca: Authority,
  trusts?: Authority,
): Required<Omit<TlsMaterial, 'ca'>> & TlsMaterial {
  const { key, cert } = certified(name, ca)
  return {
    certificate: new Secret(cert),
    key: new Secret(key),
    ...(trusts === undefined ? {} : { ca: new Secret(trusts.cert) }),
  }
}

export type TlsReceiver = {
  url: string
  /** The common name in the certificate of each request's connection; undefined when it showed none that is trusted. */
  seen: (string | undefined)[]
  connections: () => number
}

/** A real https server on 127.0.0.1, with a certificate of `ca`, that asks for one of `clients`. */
export async function startTlsReceiver(t: Test, ca: Authority, clients: Authority = ca): Promise<TlsReceiver> {
  const { key, cert } = certified('localhost', ca)
  const seen: TlsReceiver['seen'] = []
  let connections = 0
  const server: Server = createServer(
    { key, cert, ca: clients.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket
      seen.push(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined)
      request.resume().on('end', () => response.writeHead(socket.authorized ? 204 : 403).end())
    },
  )
  server.on('secureConnection', () => {
    connections += 1
  })
  await listenOnLoopback(server)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
  }
}
