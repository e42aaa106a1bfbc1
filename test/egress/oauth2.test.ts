import t, { type Test } from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { authorizationFor, renewAuthorization } from '../../src/egress/authorization.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createOAuth2, type OAuth2, type OAuth2Grant } from '../../src/egress/oauth2.ts'
import { TestClock } from '../support/clock.ts'
import { Receiver } from '../support/receiver.ts'

type World = { oauth2: OAuth2; clock: TestClock; server: Receiver; grant: OAuth2Grant }

/** A token server that hands out token-1, token-2, ... */
async function world(t: Test, more: Record<string, unknown> = { expires_in: 300 }): Promise<World> {
  const server = await Receiver.start(t)
  const egress = createEgress({ policy: () => ({ policy: 'private', allow: ['127.0.0.1'] }) })
  t.teardown(() => egress.close())
  const clock = new TestClock()
  server.answer(() => ({
    status: 200,
    body: JSON.stringify({ access_token: `token-${server.requests.length}`, ...more }),
  }))
  const grant = { tokenUrl: `${server.url}/token`, clientId: 'bo:de', secret: new Secret('can ary+é'), scope: 'a b' }
  return { oauth2: createOAuth2({ egress, clock }), clock, server, grant }
}

void t.test('the request is the client credentials grant with form-encoded HTTP Basic', async (t) => {
  const { oauth2, server, grant } = await world(t)
  t.equal(await oauth2.tokenFor(grant), 'token-1')
  t.match(server.requests[0], {
    method: 'POST',
    body: 'grant_type=client_credentials&scope=a+b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const basic = server.requests[0]?.headers.authorization?.replace('Basic ', '') ?? ''
  t.equal(Buffer.from(basic, 'base64').toString(), 'bo%3Ade:can+ary%2B%C3%A9')
})

void t.test('without a scope none is sent', async (t) => {
  const { oauth2, server, grant } = await world(t)
  await oauth2.tokenFor({ ...grant, scope: '' })
  t.equal(server.requests[0]?.body, 'grant_type=client_credentials')
})

void t.test('a token is used until shortly before it expires', async (t) => {
  const { oauth2, clock, grant } = await world(t, { expires_in: 300 })
  t.equal(await oauth2.tokenFor(grant), 'token-1')
  clock.advance(269_999)
  t.equal(await oauth2.tokenFor(grant), 'token-1')
  clock.advance(1)
  t.equal(await oauth2.tokenFor(grant), 'token-2')
})

void t.test('how long a token is used, by what the server says', async (t) => {
  for (const [expiresIn, usableMs] of [
    [20, 10_000],
    ['600', 570_000],
    [undefined, 270_000],
    [-1, 270_000],
    ['soon', 270_000],
  ] as const) {
    const { oauth2, clock, grant } = await world(t, { expires_in: expiresIn })
    await oauth2.tokenFor(grant)
    clock.advance(usableMs - 1)
    t.equal(await oauth2.tokenFor(grant), 'token-1', `${expiresIn}: still used`)
    clock.advance(1)
    t.equal(await oauth2.tokenFor(grant), 'token-2', `${expiresIn}: renewed`)
  }
})

void t.test('many who need a token at once ask for it once', async (t) => {
  const { oauth2, server, grant } = await world(t)
  const tokens = await Promise.all(Array.from({ length: 20 }, () => oauth2.tokenFor(grant)))
  t.equal(server.requests.length, 1)
  t.strictSame(new Set(tokens), new Set(['token-1']))
})

void t.test('another URL, client, scope or secret is another token', async (t) => {
  const { oauth2, server, grant } = await world(t)
  await oauth2.tokenFor(grant)
  for (const other of [
    { tokenUrl: `${server.url}/other` },
    { clientId: 'x' },
    { scope: 'x' },
    { secret: new Secret('x') },
  ]) {
    const before = server.requests.length
    await oauth2.tokenFor({ ...grant, ...other })
    t.equal(server.requests.length, before + 1)
  }
})

void t.test('a refusal is EgressError auth, without its content, and is asked again next time', async (t) => {
  const { oauth2, server, grant } = await world(t)
  for (const answer of [
    { status: 401, body: 'canary' },
    { status: 200, body: 'canary' },
    { status: 200, body: '["canary"' },
    { status: 200, body: 'null' },
    { status: 200, body: '{"access_token":1}' },
    { status: 200, body: '{"access_token":""}' },
  ]) {
    server.answer(answer)
    const error = (await oauth2.tokenFor(grant).catch((error: unknown) => error)) as Error
    t.match(error, { name: 'EgressError', errorClass: 'auth' })
    t.notMatch(error.message, /canary/)
  }
  server.answer({ status: 200, body: '{"access_token":"good"}' })
  t.equal(await oauth2.tokenFor(grant), 'good')
})

void t.test('the Authorization header, by type', async (t) => {
  const { oauth2, grant } = await world(t)
  const now = 1_700_000_000_000
  const header = (auth: Parameters<typeof authorizationFor>[0]['auth'], secret?: string) =>
    authorizationFor({ auth, authSecret: secret === undefined ? undefined : new Secret(secret) }, { now, oauth2 })
  t.equal(await header({ type: 'no_auth' }), undefined)
  t.equal(await header({ type: 'api_key' }, 'verbatim, no scheme'), 'verbatim, no scheme')
  t.equal(await header({ type: 'api_key' }, ''), '')
  t.match(await header({ type: 'zgw', clientId: 'a', userId: '', userRepresentation: '' }, 's'), /^Bearer ey/)
  const { tokenUrl, clientId, scope } = grant
  t.equal(
    await header({ type: 'oauth2_client_credentials', tokenUrl, clientId, scope }, grant.secret.reveal()),
    'Bearer token-1',
  )
  await t.rejects(header({ type: 'api_key' }), { name: 'EgressError', errorClass: 'auth' })
})

void t.test('a token is renewed once after a 401, whoever notices it first', async (t) => {
  const { oauth2, server, grant } = await world(t)
  const { tokenUrl, clientId, scope, secret } = grant
  const abonnement = {
    auth: { type: 'oauth2_client_credentials', tokenUrl, clientId, scope },
    authSecret: secret,
  } as const
  const sent = `Bearer ${await oauth2.tokenFor(grant)}`
  t.equal(renewAuthorization(abonnement, sent, oauth2), true)
  t.equal(await oauth2.tokenFor(grant), 'token-2')
  t.equal(renewAuthorization(abonnement, sent, oauth2), true, 'a late 401 to the old token')
  t.equal(await oauth2.tokenFor(grant), 'token-2', 'does not drop the new one')
  t.equal(server.requests.length, 2)
  t.equal(renewAuthorization({ auth: { type: 'api_key' }, authSecret: secret }, 'x', oauth2), false)
})
