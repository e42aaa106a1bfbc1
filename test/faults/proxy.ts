import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { listenOnLoopback } from '../support/loopback.ts'

/**
 * `open`: everything passes. `silent`: what is connected stays so for ever and hears nothing, as behind a firewall
 * that forgot it. `closed`: connections break, new ones are refused.
 */
export type ProxyState = 'open' | 'silent' | 'closed'

export type Proxy = {
  /** `url` as it is reached through the proxy. */
  url: string
  /** From now on. Connections that were silent never speak again. */
  set(state: ProxyState): void
  /**
   * Breaks the connection of the next accept, which is one statement: before the database gets it, or when it has
   * answered. Resolves when that has happened.
   */
  breakAtAccept(when: 'before' | 'after'): Promise<void>
  stop(): Promise<void>
}

/** Stands between a program and its PostgreSQL. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let state: ProxyState = 'open'
  let accept: { when: 'before' | 'after'; done: () => void } | undefined

  const server = createServer((client) => {
    if (state === 'closed') {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    let silent = state === 'silent'
    let last = false
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        if (!silent) end()
      })
    }
    client.on('data', (chunk) => {
      silent ||= state === 'silent'
      if (silent) return
      const text = chunk.toString('latin1')
      if (accept !== undefined && text.includes('INSERT INTO notificatie')) {
        const { when, done } = accept
        accept = undefined
        done()
        if (when === 'before') return end()
        last = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      silent ||= state === 'silent'
      if (silent) return
      if (last) end()
      else client.write(chunk)
    })
  })
  await listenOnLoopback(server)
  const proxied = new URL(url)
  proxied.port = String((server.address() as AddressInfo).port)
  return {
    url: proxied.href,
    set: (next) => {
      state = next
      if (next === 'closed') for (const socket of sockets) socket.destroy()
    },
    breakAtAccept: (when) =>
      new Promise((resolve) => {
        accept = { when, done: resolve }
      }),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
