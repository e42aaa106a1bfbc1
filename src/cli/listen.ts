import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Failure, messageOf } from '../common/failure.ts'
import type { ListenOptions } from './listen-options.ts'

/** Lets `app` listen; its url: `http://127.0.0.1:8080`. Throws Failure `unreachable` when it cannot. */
export async function listen(app: FastifyInstance, { host, port }: ListenOptions): Promise<string> {
  try {
    await app.listen({ host, port })
    const { port: given } = app.server.address() as AddressInfo
    return `http://${host.includes(':') ? `[${host}]` : host}:${given}`
  } catch (error) {
    throw new Failure('unreachable', `cannot listen on ${host}:${port}: ${messageOf(error)}`, { cause: error })
  }
}
