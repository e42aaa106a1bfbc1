// A client that is written with nothing but the standard's OpenAPI document: its types are generated, and the
// compiler checks every request and every answer that it looks at. Against the built program.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import createClient, { type Client, type Middleware } from 'openapi-fetch'
import t, { type Test } from 'tap'
import { parse, stringify } from 'yaml'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { bode, serve, type ServedProgram } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken } from '../support/token.ts'
import { CLIENT_TYPES, clientTypes, STANDARD } from './client-types.ts'
import type { components, paths } from './generated/notificaties-api.ts'

type Notificatie = components['schemas']['Message']

const SECRETS = { BRON_SECRET: canary('bron'), LEZER_SECRET: canary('lezer') }
const NOBODYS = { path: { uuid: 'b9b3a1f3-94b3-4d6f-9c3b-0c6ad1e6c0f5' } }
const NOTIFICATIE: Notificatie = {
  kanaal: 'besluiten',
  hoofdObject: 'https://brc.example.nl/api/v1/besluiten/1',
  resource: 'besluit',
  resourceUrl: 'https://brc.example.nl/api/v1/besluiten/1',
  actie: 'create',
  aanmaakdatum: '2026-01-01T12:00:00Z',
  kenmerken: { besluittype: 'https://ztc.example.nl/besluittypen/1' },
}

/** By decision: `auth` is a secret and never shown; who publishes gets 201, or a refusal where the document has none. */
const DIFFERENT = [
  /^\w+ \/abonnement.* 20[01]: data(\/0)? must have required property 'auth'$/,
  /^POST \/notificaties /,
]

void t.test('the types are what `npm run client-types` writes', async (t) => {
  t.equal(readFileSync(CLIENT_TYPES, 'utf8'), await clientTypes())
})

onEachDatabase(t, 'a client generated from the standard lives with the built program', async (t, url) => {
  const receiver = await Receiver.start(t)
  const program = await served(t, url)
  const root = program.url
  const checked = answersChecked()
  const client = clientFor(root, 'bron', SECRETS.BRON_SECRET, checked.middleware)
  const kanaal = { naam: 'besluiten', documentatieLink: 'https://brc.example.nl/ref', filters: ['besluittype'] }

  await t.test('a kanaal is created, listed and read', async (t) => {
    const created = await client.POST('/kanaal', { body: kanaal })
    t.match(created, { response: { status: 201 }, data: kanaal })
    const { data: listed = [] } = await client.GET('/kanaal', { params: { query: { naam: 'besluiten' } } })
    t.strictSame(listed, [created.data])
    const read = await client.GET('/kanaal/{uuid}', { params: { path: { uuid: uuidIn(created.data?.url) } } })
    t.strictSame(read.data, created.data)
  })

  const wanted = {
    callbackUrl: `${receiver.url}/callback`,
    auth: 'Bearer 1234',
    kanalen: [{ naam: 'besluiten', filters: {} }],
  }
  const { auth: _, ...shown } = wanted
  receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : 204 }))
  const { data: abonnement, response } = await client.POST('/abonnement', { body: wanted })
  t.match({ status: response.status, abonnement }, { status: 201, abonnement: shown })
  const params = { path: { uuid: uuidIn(abonnement?.url) } }

  await t.test('an abonnement is listed, read, replaced and changed', async (t) => {
    const { data: listed } = await client.GET('/abonnement')
    t.strictSame(listed, [abonnement])
    const { data: read } = await client.GET('/abonnement/{uuid}', { params })
    t.strictSame(read, abonnement)
    const filtered = { ...wanted, kanalen: [{ naam: 'besluiten', filters: { besluittype: 'never' } }] }
    const replaced = await client.PUT('/abonnement/{uuid}', { params, body: filtered })
    t.match(replaced, { response: { status: 200 }, data: { ...shown, kanalen: filtered.kanalen } })
    const changed = await client.PATCH('/abonnement/{uuid}', { params, body: { ...wanted, auth: 'Bearer 5678' } })
    t.match(changed, { response: { status: 200 }, data: shown })
  })

  await t.test('a notificatie is published, and received with exactly the seven fields', async (t) => {
    const probes = receiver.requests.length
    const published = await client.POST('/notificaties', { body: NOTIFICATIE })
    t.match(published, { response: { status: 201 }, data: { ...NOTIFICATIE, aanmaakdatum: String } })
    await receiver.received(probes + 1)
    const delivered = receiver.requests.at(-1)
    t.match(delivered, { path: '/callback', headers: { authorization: 'Bearer 5678' } })
    t.strictSame(JSON.parse(delivered?.body ?? ''), NOTIFICATIE)
  })

  await t.test('what is refused is refused as the document says', async (t) => {
    const twice = await client.POST('/kanaal', { body: kanaal })
    t.match(twice, { response: { status: 400 }, error: { status: 400 } })
    t.match(invalidIn(twice.error), [{ name: 'naam', code: 'unique' }])
    const nowhere = await client.POST('/notificaties', { body: { ...NOTIFICATIE, kanaal: 'nergens' } })
    t.match(invalidIn(nowhere.error), [{ name: 'kanaal', code: 'message_kanaal' }])
    const unheard = await client.POST('/abonnement', { body: { ...wanted, kanalen: [{ naam: 'nergens' }] } })
    t.match(invalidIn(unheard.error), [{ name: 'naam', code: 'kanaal_naam' }])
    const reader = clientFor(root, 'lezer', SECRETS.LEZER_SECRET, checked.middleware)
    t.match(await reader.POST('/notificaties', { body: NOTIFICATIE }), { response: { status: 403 } })
    const forbidden = await reader.POST('/kanaal', { body: kanaal })
    t.match(forbidden, { response: { status: 403 }, error: { status: 403, code: 'permission_denied' } })
    t.strictSame(invalidIn(forbidden.error), [])
    const missing = await client.GET('/abonnement/{uuid}', { params: NOBODYS })
    t.match(missing, { response: { status: 404 }, error: { status: 404, code: 'not_found' } })
  })

  await t.test('the abonnement is deleted, and gets nothing more', async (t) => {
    const { response } = await client.DELETE('/abonnement/{uuid}', { params })
    t.equal(response.status, 204)
    t.match(await client.GET('/abonnement/{uuid}', { params }), { response: { status: 404 } })
    const other = { ...wanted, callbackUrl: `${receiver.url}/other` }
    t.match(await client.POST('/abonnement', { body: other }), { response: { status: 201 } })
    const before = receiver.requests.length
    t.match(await client.POST('/notificaties', { body: NOTIFICATIE }), { response: { status: 201 } })
    await receiver.received(before + 1)
    t.strictSame(
      receiver.requests.slice(before).map(({ path }) => path),
      ['/other'],
    )
  })

  t.strictSame(
    checked.wrong.filter((each) => !DIFFERENT.some((difference) => difference.test(each))),
    [],
    'every other answer is one that the document describes',
  )
  assertNoLeak(t, program.output(), 'the output of the program')
})

function clientFor(root: string, clientId: string, secret: string, middleware: Middleware): Client<paths> {
  const authorization = `Bearer ${makeToken({ clientId, secret, now: Date.now() })}`
  const client = createClient<paths>({ baseUrl: `${root}/api/v1`, headers: { authorization } })
  client.use(middleware)
  return client
}

/** A refusal is a ValidatieFout or a Fout; only the first has this list. */
function invalidIn(error: components['schemas']['ValidatieFout'] | components['schemas']['Fout'] | undefined) {
  return error !== undefined && 'invalidParams' in error ? error.invalidParams : []
}

function uuidIn(url = ''): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** The built program on `url`, with a client that may do everything and one that may only read. */
async function served(t: Test, url: string): Promise<ServedProgram> {
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey(), ...SECRETS }
  const scopes = ['notificaties.consumeren', 'notificaties.publiceren']
  const document = stringify({
    apiVersion: 'bode/v1',
    kind: 'Configuration',
    metadata: { name: 'generated' },
    clientCredentials: {
      bron: { secret: { env: 'BRON_SECRET' }, authorizedBy: 'configuration', scopes },
      lezer: { secret: { env: 'LEZER_SECRET' }, authorizedBy: 'configuration', scopes: scopes.slice(0, 1) },
    },
    egress: { allow: ['127.0.0.0/8'] },
  })
  const folder = t.testdir({ 'bode.yaml': document })
  const { exit, stderr } = await bode(['apply', '-f', join(folder, 'bode.yaml'), '--auto-approve'], environment)
  t.equal(exit, 0, stderr)
  return serve(t, environment)
}

type Described = { responses: Record<string, { content?: Record<string, { schema: object }> }> }

/** What a compiler cannot see: that an answer is of a status, media type and schema that the document has. */
function answersChecked(): { middleware: Middleware; wrong: string[] } {
  const document = parse(readFileSync(STANDARD, 'utf8')) as {
    paths: Record<string, Record<string, Described>>
    components: object
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'standard', components: document.components })
  const wrong: string[] = []
  const onResponse: Middleware['onResponse'] = async ({ request, response, schemaPath }) => {
    const where = `${request.method} ${schemaPath} ${response.status}`
    const described = document.paths[schemaPath]?.[request.method.toLowerCase()]?.responses[response.status]
    const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';')
    const schema = described?.content?.[mediaType]?.schema
    if (described === undefined) wrong.push(`${where} is not described`)
    else if (schema === undefined && described.content !== undefined) wrong.push(`${where} as ${mediaType}`)
    else if (schema !== undefined) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"standard#/')) as object
      if (!ajv.validate(absolute, await response.clone().json())) wrong.push(`${where}: ${ajv.errorsText()}`)
    }
  }
  return { middleware: { onResponse }, wrong }
}
