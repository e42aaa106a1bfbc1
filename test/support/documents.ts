import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Environment } from '../../src/common/environment.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { canary } from './canary.ts'
import { runCli, type CliResult, type RunOptions } from './cli.ts'

/** A value that must never come out; long enough for no warning. */
export const CANARY = canary('document')

/** One object of every kind, with four secrets. */
export const EVERY_KIND = `apiVersion: bode/v1
kind: Configuration
metadata:
  name: gemeente
autorisaties:
  apiRoot: https://open-zaak.example.nl/autorisaties/api/v1/
externalCredentials:
  ac:
    apiRoot: https://open-zaak.example.nl/autorisaties/api/v1/
    clientId: open-notificaties
    secret: { env: AC_SECRET }
clientCredentials:
  open-zaak:
    secret: { file: open-zaak.secret }
    previousSecret: { env: OLD_SECRET, expiresAt: 2099-01-01T00:00:00Z }
kanalen:
  zaken:
    documentatieLink: https://open-zaak.example.nl/ref/kanalen/#/zaken
    filters: [bronorganisatie, zaaktype]
abonnementen:
  zac:
    callbackUrl: https://zac.example.nl/rest/notificaties
    auth: { type: api_key, value: { env: ZAC_KEY } }
    kanalen:
      - naam: zaken
        acties: [create]
        filters: { zaaktype: 'https://open-zaak.example.nl/zaaktypen/1' }
    delivery: { timeout: 10s }
egress: { policy: public }
publicUrl: https://notificaties.example.nl
`

export type Workplace = {
  folder: string
  environment: Environment
  write: (text: string, file?: string) => void
  bode: (args: readonly string[], options?: Omit<RunOptions, 'cwd'>) => Promise<CliResult>
}

/** A folder with bode.yaml and its secrets, and a command line in it that works on `url`. */
export function workplace(t: Test, url: string, document = EVERY_KIND): Workplace {
  const folder = mkdtempSync(join(t.testdir({}), 'work-'))
  const environment = {
    DATABASE_URL: url,
    BODE_MASTER_KEY: newMasterKey(),
    AC_SECRET: `${CANARY}-1`,
    OLD_SECRET: `${CANARY}-2`,
    ZAC_KEY: `${CANARY}-3`,
    GITLAB_USER_LOGIN: 'jan',
    CI_COMMIT_SHA: '9c1e2ab',
  }
  const write = (text: string, file = 'bode.yaml'): void => writeFileSync(join(folder, file), text)
  write(document)
  write(`${CANARY}-4`, 'open-zaak.secret')
  return {
    folder,
    environment,
    write,
    bode: (args, options = {}) =>
      runCli(args, { cwd: folder, ...options, environment: { ...environment, ...options.environment } }),
  }
}
