import { fastifyPlugin } from 'fastify-plugin'
import type { Snapshot } from '../../common/snapshot.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What absolute urls start with, without a slash at the end. */
    readonly root: string
  }
}

/**
 * The root of absolute urls: `publicUrl` when the configuration has one, else scheme and host of the
 * request, so that a client finds back the origin that it called (several refuse another one).
 * X-Forwarded-Proto and -Host count only from a trusted proxy.
 */
export const rootUrl = fastifyPlugin(
  (app, { snapshot }: { snapshot: () => Snapshot }, done) => {
    app.decorateRequest('root', {
      getter() {
        const { publicUrl } = snapshot().settings
        return publicUrl === null ? `${this.protocol}://${this.host || 'localhost'}` : publicUrl.replace(/\/+$/, '')
      },
    })
    done()
  },
  { name: 'root-url' },
)
