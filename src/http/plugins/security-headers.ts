import { fastifyPlugin } from 'fastify-plugin'

/** What Open Notificaties sends (behaviour reference §1.1) and the API Design Rules ask for, on every answer. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}
const ONE_YEAR = 'max-age=31536000'

/** Headers that keep browsers from doing more with an answer than show it. A handler's own value stays. */
export const securityHeaders = fastifyPlugin(
  (app, _options: object, done) => {
    app.addHook('onSend', async ({ protocol }, reply) => {
      for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value)
      if (protocol === 'https') reply.header('strict-transport-security', ONE_YEAR)
    })
    done()
  },
  { name: 'security-headers' },
)
