import { fastifyPlugin } from 'fastify-plugin'
import type { Snapshot } from '../../common/snapshot.ts'
import { tokenClaims } from './token-claims.ts'

/** A request that was answered with 401 or 403. */
export type Refusal = {
  /** Who asked, when that was proven. */
  clientId: string | null
  /** Who the token said to be, if that is a client that there is; anybody may say so. */
  claimed: string | null
  status: number
  /** Of the problem that was answered. */
  code: string | null
}

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
