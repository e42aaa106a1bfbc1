import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import type { Snapshot } from '../../src/common/snapshot.ts'
import { trustedProxy } from '../../src/http/trusted-proxy.ts'
import { snapshotOf } from '../support/snapshot.ts'

const behind = (trustProxy: string[]): Snapshot =>
  snapshotOf({ settings: { ...DEFAULT_SETTINGS, http: { trustProxy } } })

const cases: [string[], string, boolean][] = [
  [[], '127.0.0.1', false],
  [['10.0.0.0/8'], '10.1.2.3', true],
  [['10.0.0.0/8'], '11.1.2.3', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.1.2.3'], '10.1.2.3', true],
  [['fd00::/8'], 'fd00::1', true],
  [['fd00::/8'], '10.1.2.3', false],
  [['fd00::/8', '10.0.0.0/8'], '10.1.2.3', true],
  [['10.0.0.0/8'], 'unix:', false],
]
for (const [trustProxy, address, expected] of cases) {
  void t.test(`${address} is ${expected ? '' : 'not '}believed behind [${trustProxy.join(', ')}]`, async (t) => {
    t.equal(trustedProxy(() => behind(trustProxy))(address), expected)
  })
}

void t.test('another configuration counts at once', async (t) => {
  let snapshot = behind([])
  const trusts = trustedProxy(() => snapshot)
  t.equal(trusts('10.1.2.3'), false)
  snapshot = behind(['10.0.0.0/8'])
  t.equal(trusts('10.1.2.3'), true)
})
