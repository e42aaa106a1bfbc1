// Both spellings of a key are one key (§2.6 of the behaviour reference): what goes in with one comes out with the other.
// test/common/key-folding.test.ts has the rules themselves.
import t from 'tap'
import { TEST_SETTINGS } from '../support/app.ts'
import { onEachDatabase } from '../support/databases.ts'
import { startDeliveringApp } from '../support/delivering-app.ts'
import { FOLDED_KEYS } from '../support/folded-keys.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'

onEachDatabase(t, 'a key comes back, is filtered on and is delivered in its camelCase form', async (t, url) => {
  const receiver = await Receiver.start(t)
  const settings = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
  const { call, drained } = await startDeliveringApp(t, url, { kanalen: { zaken: [] }, settings })
  for (const [sent, shown] of FOLDED_KEYS) {
    const subscribe = (value: string) =>
      call('POST', 'abonnement', {
        callbackUrl: `${receiver.url}/${value}`,
        auth: '',
        kanalen: [{ naam: 'zaken', filters: { [sent]: value } }],
      })
    const [matching, other] = [await subscribe('wanted'), await subscribe('other')]
    t.strictSame(matching.json<{ kanalen: unknown }>().kanalen, [{ filters: { [shown]: 'wanted' }, naam: 'zaken' }])

    const published = await call('POST', 'notificaties', messageBody({ kenmerken: { [sent]: 'wanted' } }))
    t.strictSame(published.json<{ kenmerken: unknown }>().kenmerken, { [shown]: 'wanted' }, sent)
    await drained()
    t.match(receiver.requests, [{ path: '/wanted' }], `only who asked for ${sent}`)
    t.match(JSON.parse(receiver.requests[0]?.body ?? ''), { kenmerken: { [shown]: 'wanted' } })
    receiver.requests.length = 0
    for (const made of [matching, other]) await call('DELETE', new URL(made.json<{ url: string }>().url).pathname)
  }
})

onEachDatabase(
  t,
  'of two spellings of one key the last counts; members have either spelling, values have none',
  async (t, url) => {
    const { call } = await startDeliveringApp(t, url, { kanalen: { zaken: [] } })
    const { hoofdObject, resourceUrl, ...rest } = messageBody()
    const message = {
      ...rest,
      hoofd_object: hoofdObject,
      resource_url: resourceUrl,
      kenmerken: { object_type: 'first', objectType: 'last' },
      extra_member: { deep: true },
    }
    const published = await call('POST', 'notificaties', message)
    t.equal(published.statusCode, 201, published.body)
    t.match(published.json(), { hoofdObject, resourceUrl, kenmerken: { objectType: 'last' } })
    t.notOk('extraMember' in published.json<object>())
    const kanaal = await call('POST', 'kanaal', { naam: 'x', documentatie_link: 'http://a/', filters: ['object_type'] })
    t.match(kanaal.json(), { documentatieLink: 'http://a/', filters: ['object_type'] })
  },
)
