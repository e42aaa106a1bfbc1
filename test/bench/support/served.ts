import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../../src/common/environment.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { applyDocument, bode, serve, type ServedProgram } from '../../support/program.ts'
import { SECRET } from '../../support/token.ts'

export type Served = ServedProgram & { environment: Environment; databaseUrl: string }

export type ServedOptions = {
  databaseUrl: string
  folder: string
  /** Where the abonnementen listen, each on a path of its own. */
  receiver: string
  /** How many abonnementen get every message. */
  fanOut: number
  /** Nothing is sent: what is published waits. */
  paused?: boolean
  /** Lines for the document, after the abonnementen. */
  more?: string
}

/** The built program, serving a fresh database with `fanOut` abonnementen on kanaal zaken. The caller stops it. */
export async function served(options: ServedOptions): Promise<Served> {
  const { databaseUrl, folder, fanOut, paused = false } = options
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey(), BODE_LOG_LEVEL: 'warn' }
  await applyDocument(document(options), mkdtempSync(join(folder, 'document-')), environment)
  for (let number = 0; number < (paused ? fanOut : 0); number += 1) {
    const { exit, stderr } = await bode(['deliveries', 'pause', `abonnement-${number}`], environment)
    if (exit !== 0) throw new Error(stderr)
  }
  const program = await serve({ teardown: () => {} }, { ...environment, BODE_LOG_LEVEL: 'info' })
  return { ...program, environment, databaseUrl }
}

function document({ receiver, fanOut, more = '' }: ServedOptions): string {
  const abonnementen = Array.from(
    { length: fanOut },
    (_, index) =>
      `  abonnement-${index}:
    callbackUrl: ${receiver}/${index}
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]`,
  )
  return `apiVersion: bode/v1
kind: Configuration
metadata: { name: bench, environment: dev }
clientCredentials:
  openzaak:
    secret: { insecureLiteral: ${SECRET} }
    authorizedBy: configuration
    scopes: [notificaties.publiceren]
kanalen: { zaken: { filters: [bronorganisatie] } }
abonnementen:
${abonnementen.join('\n')}
egress: { policy: private, allow: [127.0.0.0/8] }
${more}`
}
