import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { forbiddenReferences } from '../../../src/cli/operate/guard.ts'
import type { SecretReference } from '../../../src/secrets/references.ts'
import { desiredSecret } from '../../support/desired-secret.ts'

void t.test('a document from elsewhere names only secrets that are meant for documents', async (t) => {
  const folder = t.testdir({
    secrets: { good: 'x', deeper: { good: 'x' } },
    'secrets-of-others': { bad: 'x' },
    bad: 'x',
  })
  const secrets = join(folder, 'secrets')
  symlinkSync(join(folder, 'bad'), join(secrets, 'link-out'))
  symlinkSync(join(secrets, 'deeper', 'good'), join(secrets, 'link-in'))
  symlinkSync(secrets, join(folder, 'link-to-secrets'))
  symlinkSync(folder, join(secrets, 'up'))
  writeFileSync(join(secrets, '..data'), 'x')
  const cases: [reference: SecretReference, allowed: boolean][] = [
    [{ env: 'ZAC_SECRET' }, true],
    [{ env: 'BODE_MASTER_KEY' }, false],
    [{ env: 'BODE_OPERATE_TOKEN' }, false],
    [{ env: 'bode_master_key' }, false],
    [{ env: 'DATABASE_URL' }, false],
    [{ env: 'DATABASE_URL_FILE' }, false],
    [{ file: join(secrets, 'good') }, true],
    [{ file: 'secrets/good' }, true],
    [{ file: join(secrets, 'deeper/good') }, true],
    [{ file: join(secrets, 'link-in') }, true],
    [{ file: join(folder, 'link-to-secrets/good') }, true],
    [{ file: join(secrets, '..data') }, true],
    [{ file: join(secrets, 'not-there-yet') }, true],
    [{ file: join(secrets, 'link-out') }, false],
    [{ file: join(secrets, 'up/bad') }, false],
    [{ file: `${secrets}/../bad` }, false],
    [{ file: `${secrets}/../nothing` }, false],
    [{ file: join(folder, 'secrets-of-others/bad') }, false],
    [{ file: secrets }, false],
    [{ file: '/proc/self/environ' }, false],
    [{ file: '/etc/passwd' }, false],
    [{ sops: 'secrets.enc.yaml#/zac' }, false],
    [{ insecureLiteral: 'x' }, true],
  ]
  for (const [reference, allowed] of cases) {
    const found = forbiddenReferences([{ objects: [desiredSecret(reference)] }], {
      cwd: folder,
      secretsDirs: [secrets],
    })
    t.equal(found.length, allowed ? 0 : 1, JSON.stringify(reference))
    if (!allowed) t.match(found, [{ id: 'secret/not-allowed', severity: 'error', help: [/\w/] }])
  }
})
