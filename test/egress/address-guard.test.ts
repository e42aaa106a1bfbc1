import t from 'tap'
import { addressKind, formsOf, type AddressKind } from '../../src/egress/address-guard.ts'

const kinds: Record<AddressKind, readonly string[]> = {
  public: ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2a02:10:3::1', '64:ff9b::808:808', '::ffff:8.8.8.8'],
  private: [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fd00::1',
    'fec0::1',
    '::ffff:a00:1',
  ],
  loopback: [
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:808:808:0:0:80ff:fffe',
  ],
  'link-local': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.1.1', '2002:a9fe:101::'],
  metadata: [
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ],
  unspecified: ['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0', '::2'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', '::ffff:224.0.0.1'],
  reserved: [
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '240.0.0.1',
    '255.255.255.255',
    '192.88.99.1',
    '2001:db8::1',
    '100::1',
    '4000::1',
    '64:ff9b:1::7f00:1',
    '2002:808:808::1',
    '2002:a00:1::',
    '2001:0:808:808:0:0:f7f7:f7f7',
  ],
}

for (const [kind, addresses] of Object.entries(kinds)) {
  void t.test(`these addresses are ${kind}`, async (t) => {
    for (const address of addresses) t.equal(addressKind(address), kind, address)
  })
}

void t.test('an address inside another is found', async (t) => {
  t.strictSame(
    formsOf('64:ff9b::7f00:1').map((form) => form.toString()),
    ['127.0.0.1', '64:ff9b::7f00:1'],
  )
  t.equal(formsOf('10.0.0.1').length, 1)
})

void t.test('what is no address throws', async (t) => {
  t.throws(() => addressKind('openzaak'))
})
