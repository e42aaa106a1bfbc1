import t from 'tap'
import type { Settings } from '../../src/common/model.ts'
import { compilePolicy, denialOf } from '../../src/egress/egress-policy.ts'

type Case = {
  policy: Settings['egress']['policy']
  allow?: string[]
  url: string
  /** What a host name resolves to; a literal stands for itself. */
  address?: string
  denied: RegExp | undefined
}

const cases: Case[] = [
  { policy: 'private', url: 'http://zac', address: '10.0.0.1', denied: undefined },
  { policy: 'private', url: 'https://zac', address: '8.8.8.8', denied: undefined },
  { policy: 'private', url: 'http://zac', address: '127.0.0.1', denied: /loopback address.*policy private/ },
  { policy: 'private', url: 'http://zac', address: '169.254.169.254', denied: /metadata/ },
  { policy: 'private', url: 'http://zac', address: '0.0.0.0', denied: /unspecified/ },
  { policy: 'private', url: 'http://zac', address: '224.0.0.1', denied: /multicast/ },
  { policy: 'private', url: 'http://zac', address: '240.0.0.1', denied: /reserved/ },
  { policy: 'private', allow: ['127.0.0.0/8'], url: 'http://127.0.0.1', denied: undefined },
  { policy: 'private', allow: ['127.0.0.1'], url: 'http://[::ffff:127.0.0.1]', denied: undefined },
  { policy: 'private', allow: ['127.0.0.1'], url: 'http://127.0.0.2', denied: /loopback/ },
  { policy: 'private', allow: ['::1'], url: 'http://[::1]', denied: undefined },
  { policy: 'private', allow: ['localhost'], url: 'http://LocalHost.', address: '127.0.0.1', denied: undefined },
  { policy: 'private', allow: ['localhost'], url: 'http://other', address: '127.0.0.1', denied: /loopback/ },
  { policy: 'private', allow: ['zac'], url: 'http://zac', address: '169.254.169.254', denied: /metadata/ },
  {
    policy: 'private',
    allow: ['169.254.169.254/32'],
    url: 'http://zac',
    address: '169.254.169.254',
    denied: undefined,
  },
  { policy: 'public', url: 'http://zac', address: '10.0.0.1', denied: /private address.*policy public/ },
  { policy: 'public', url: 'http://zac', address: '100.64.0.1', denied: /private/ },
  { policy: 'public', url: 'http://zac', address: 'fd00::1', denied: /private/ },
  { policy: 'public', url: 'http://zac', address: '8.8.8.8', denied: undefined },
  { policy: 'public', allow: ['zac'], url: 'http://zac', address: '10.0.0.1', denied: undefined },
  { policy: 'listed', url: 'https://zac', address: '8.8.8.8', denied: /not in egress\.allow/ },
  { policy: 'listed', allow: ['zac'], url: 'https://zac', address: '8.8.8.8', denied: undefined },
  { policy: 'listed', allow: ['zac'], url: 'https://zac', address: '10.0.0.1', denied: undefined },
  { policy: 'listed', allow: ['zac'], url: 'https://zac', address: '169.254.169.254', denied: /not in egress\.allow/ },
  { policy: 'listed', allow: ['zac'], url: 'http://zac', address: '8.8.8.8', denied: /only be called over https/ },
  { policy: 'listed', allow: ['http://zac'], url: 'http://zac', address: '8.8.8.8', denied: undefined },
  { policy: 'listed', allow: ['10.0.0.0/8'], url: 'https://zac', address: '10.9.9.9', denied: undefined },
  { policy: 'listed', allow: ['10.0.0.0/8'], url: 'http://zac', address: '10.9.9.9', denied: /https/ },
  { policy: 'listed', allow: ['http://10.0.0.0/8'], url: 'http://zac', address: '10.9.9.9', denied: undefined },
  { policy: 'listed', allow: ['10.0.0.0/8'], url: 'https://zac', address: '11.0.0.1', denied: /not in egress\.allow/ },
  // Ways to write 127.0.0.1 that the URL parser folds into one.
  ...['http://0x7f000001', 'http://2130706433', 'http://0177.0.0.1', 'http://127.1', 'http://[::ffff:7f00:1]'].map(
    (url): Case => ({ policy: 'private', url, denied: /loopback/ }),
  ),
]

for (const { policy, allow = [], url, address, denied } of cases) {
  const name = `policy ${policy} [${allow.join(' ')}]: ${url} ${address ?? ''} is ${denied ? 'denied' : 'allowed'}`
  void t.test(name, async (t) => {
    const { protocol, hostname } = new URL(url)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const denial = denialOf(compilePolicy({ policy, allow }), { protocol, host, address: address ?? host })
    if (denied === undefined) t.equal(denial, undefined)
    else t.match(denial, denied)
  })
}
