import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { loadMasterKey } from '../../../src/secrets/master-key.ts'
import { runCli } from '../../support/cli.ts'

void t.test('secrets key prints a key that works', async (t) => {
  const { exit, stdout } = await runCli(['secrets', 'key'])
  t.equal(exit, 0)
  t.ok(loadMasterKey({ BODE_MASTER_KEY: stdout.trim() }).id)
})

void t.test('--write makes a file that only its owner can read, and never writes over one', async (t) => {
  const cwd = t.testdir({})
  const first = await runCli(['secrets', 'key', '--write', 'master.key'], { cwd })
  t.equal(first.exit, 0)
  const key = readFileSync(`${cwd}/master.key`, 'utf8')
  t.equal(statSync(`${cwd}/master.key`).mode & 0o777, 0o600)
  t.ok(loadMasterKey({ BODE_MASTER_KEY_FILE: `${cwd}/master.key` }).id)
  t.notMatch(first.stdout, key.trim())

  const second = await runCli(['secrets', 'key', '--write', 'master.key'], { cwd })
  t.equal(second.exit, 6)
  t.match(second.stderr, /it exists/)
  t.equal(readFileSync(`${cwd}/master.key`, 'utf8'), key)
})

void t.test('a folder that is not there is said so', async (t) => {
  const { exit, stderr } = await runCli(['secrets', 'key', '--write', 'no/such/key'], { cwd: t.testdir({}) })
  t.equal(exit, 3)
  t.match(stderr, /cannot write/)
})
