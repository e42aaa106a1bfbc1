import { fastifyPlugin } from 'fastify-plugin'
import type { Refusal } from '../../common/refusal.ts'
import type { Snapshot } from '../../common/snapshot.ts'
import { tokenClaims } from './token-claims.ts'

export type RefusedAccessOptions = {
  snapshot: () => Snapshot
  /** Must return at once and throw nothing. */
  noteRefusal: (refusal: Refusal) => void
}

/** Tells of every request that was refused, when it has been answered. */
export const refusedAccess = fastifyPlugin(
  (app, { snapshot, noteRefusal }: RefusedAccessOptions, done) => {
    app.addHook('onResponse', async ({ clientId, problemCode, headers }, { statusCode: status }) => {
      if (status !== 401 && status !== 403) return
      const { clientId: said } = tokenClaims(headers.authorization)
      const claimed = said !== null && snapshot().clientCredentials.has(said) ? said : null
      noteRefusal({ clientId, claimed, status, code: problemCode })
    })
    done()
  },
  { name: 'refused-access', dependencies: ['authentication', 'problems'] },
)
