import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { Client } from 'undici'
import type { Secret } from '../common/secret.ts'
import { bareHost } from './bare-host.ts'
import { EgressError } from './egress-error.ts'
import type { Proxy } from './proxies.ts'
import { secureContextFor } from './secure-context.ts'

export type TunnelOptions = {
  proxy: Proxy
  /** For the connection to the proxy itself: who is trusted besides whom the system trusts. */
  egressCa: Secret | undefined
  /** For the connection to the host. */
  tls: Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>
  timeoutMs: number
}

/**
 * One TLS connection to the host of an https URL, through a proxy (CONNECT), for who wants the connection and no
 * request; requests have `proxyAgent`. Rejects with EgressError `proxy` when the proxy makes none, else with what the
 * socket says.
 */
export async function tunnelTo({ hostname, port }: URL, options: TunnelOptions): Promise<TLSSocket> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  const host = bareHost(hostname)
  const socket = await askProxy(`${hostname}:${port || '443'}`, host, options)
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const secure = connectTls({ socket, ...servername, ...options.tls })
  const giveUp = (): void =>
    void secure.destroy(Object.assign(new Error('no handshake in time'), { code: 'ETIMEDOUT' }))
  signal.addEventListener('abort', giveUp)
  try {
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve).on('error', reject)
      secure.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    })
    return secure
  } catch (error) {
    secure.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function askProxy(
  target: string,
  host: string,
  { proxy: { url, authorization }, egressCa, timeoutMs }: TunnelOptions,
): Promise<Socket> {
  const secureContext = secureContextFor({}, egressCa)
  const client = new Client(url, {
    connect: { timeout: timeoutMs, ...(secureContext === undefined ? {} : { secureContext }) },
    headersTimeout: timeoutMs,
  })
  try {
    const { statusCode, socket } = await client.connect({
      path: target,
      headers: {
        host: target,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() }),
      },
    })
    if (statusCode === 200) return socket as Socket
    socket.on('error', () => {}).destroy()
    throw new EgressError('proxy', `${host}: the proxy did not make the connection (${statusCode})`)
  } finally {
    // A socket that was handed out is no longer its own.
    void client.close()
  }
}
