// Arbitrary configurations as documents: plain values, to be written as YAML in one way or another.
import fc from 'fast-check'
import { stringify } from 'yaml'
import { makeCertificate } from './certificate.ts'

/** The sections of a document, without its header. */
export type Sections = Record<string, unknown>

const HEADER = { apiVersion: 'bode/v1', kind: 'Configuration' }
/** Few names, so that documents often disagree about one object. */
const NAMES = ['a', 'b', 'c-d', 'e.f']
const name = fc.constantFrom(...NAMES)
/** By name of a static client: the variables of its secrets. */
const STATIC = Object.fromEntries(NAMES.map((key, index) => [key, [`STATIC_${index}`, `STATIC_${index}_OLD`]]))
/** Variables that the environment of a test gives: `environmentOf`. */
const secret = fc.constantFrom('ONE', 'TWO', 'THREE').map((env) => ({ env }))
const ending = secret.map((reference) => ({ ...reference, expiresAt: '2099-01-01T00:00:00Z' }))
const kenmerk = fc.constantFrom('zaaktype', 'bronorganisatie', 'vertrouwelijkheid')
const filters = fc.dictionary(kenmerk, fc.constantFrom('1', '002', 'yes', 'https://a.nl/?b=c#d', ' : ', ''), {
  maxKeys: 3,
})
const duration = fc.constantFrom('10s', '20s', '1m')
const maybe = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(value).map((found) => (found === null ? {} : { [key]: found }))

const merged = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object)

const auth = fc.oneof(
  fc.constant({ type: 'no_auth' }),
  secret.map((value) => ({ type: 'api_key', value })),
  secret.map((value) => ({ type: 'zgw', clientId: 'bode', secret: value })),
  secret.map((value) => ({
    type: 'oauth2_client_credentials',
    clientId: 'bode',
    tokenUrl: 'https://login.example.nl/token',
    secret: value,
  })),
)
/** By name of an authority: the variables of a certificate and its key, and of the authority itself. */
const PEMS = Object.fromEntries(
  ['A', 'B'].flatMap((name) => {
    const { key, cert } = makeCertificate({ selfSigned: true })
    return [
      [`CRT_${name}`, cert],
      [`KEY_${name}`, key],
    ]
  }),
)
const pem = fc.constantFrom('CRT_A', 'CRT_B').map((env) => ({ env }))
const tls = fc.tuple(fc.option(fc.constantFrom('A', 'B')), fc.option(pem)).map(([own, ca]) => ({
  ...(own === null ? {} : { certificate: { env: `CRT_${own}` }, key: { env: `KEY_${own}` } }),
  ...(ca === null ? {} : { ca }),
}))
const retry = fc.record({ maxRetries: fc.nat(9), backoff: duration }, { requiredKeys: [] })
const delivery = fc.record(
  { maxConcurrency: fc.integer({ min: 1, max: 9 }), timeout: duration, keepResponse: fc.boolean(), retry },
  { requiredKeys: [] },
)
const filtersOfKanaal = merged(
  fc.record({ naam: fc.constantFrom('always', 'zaken') }),
  maybe('filters', filters),
  maybe('acties', fc.uniqueArray(fc.constantFrom('create', 'update'), { maxLength: 2 })),
)
const abonnement = merged(
  fc.record({
    callbackUrl: fc.constantFrom('https://a.example.nl/', 'https://b.example.nl/x?y=1'),
    auth,
    kanalen: fc.array(filtersOfKanaal, { minLength: 1, maxLength: 3 }),
  }),
  maybe('delivery', delivery),
  maybe('tls', tls),
  maybe('signing', merged(fc.record({ secret }), maybe('previousSecret', ending))),
  maybe('protected', fc.constant(false)),
  fc
    .option(fc.subarray(['auth', 'kanalen']))
    .map((may) => (may === null ? {} : { owner: { clientId: 'zac' }, clientMay: may })),
)
const client = merged(
  fc.record({ secret }),
  maybe('previousSecret', ending),
  maybe('cloudEvents', fc.constantFrom({}, { source: 'urn:nld:oin:1' })),
  fc.constantFrom({}, { authorizedBy: 'configuration', scopes: ['notificaties.publiceren'] }),
)
/** A secret that two static clients have would be an error, so each has its own. */
const clients = fc
  .dictionary(name, fc.tuple(client, fc.boolean()), { maxKeys: 3 })
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).map(([key, [value, isStatic]]) => [key, isStatic ? ofStaticClient(key, value) : value]),
    ),
  )

function ofStaticClient(key: string, client: object): object {
  const [current, previous] = STATIC[key] ?? []
  const rotates = 'previousSecret' in client
  return {
    ...client,
    type: 'static',
    secret: { env: current },
    ...(rotates ? { previousSecret: { env: previous, expiresAt: '2099-01-01T00:00:00Z' } } : {}),
  }
}

const kanaal = fc.record({ documentatieLink: fc.webUrl(), filters: fc.uniqueArray(kenmerk) }, { requiredKeys: [] })

/** A valid document of any shape; sections are often absent, and then say nothing. */
export const anySections: fc.Arbitrary<Sections> = merged(
  maybe('autorisaties', merged(fc.constant({ apiRoot: 'https://ac.example.nl/api/v1' }), maybe('cacheFor', duration))),
  maybe('clientCredentials', clients),
  maybe('abonnementen', fc.dictionary(name, abonnement, { maxKeys: 4 })),
  fc.dictionary(name, kanaal, { maxKeys: 3 }).map((kanalen) => ({ kanalen: { ...kanalen, always: {}, zaken: {} } })),
  fc.tuple(fc.dictionary(name, secret, { maxKeys: 2 }), tls).map(([secrets, tls]) => ({
    externalCredentials: Object.fromEntries(
      Object.entries({ ac: { env: 'ONE' }, ...secrets }).map(([key, value]) => [
        key,
        { apiRoot: `https://${key}.example.nl/`, clientId: key, secret: value, tls },
      ]),
    ),
  })),
  maybe('delivery', delivery),
  maybe('tokens', fc.record({ maxAge: duration, leeway: duration }, { requiredKeys: [] })),
  maybe(
    'retention',
    fc.record({ notificaties: fc.constantFrom('0s', '20d'), dead: fc.constant('5d') }, { requiredKeys: [] }),
  ),
  maybe('egress', merged(fc.record({ policy: fc.constantFrom('private', 'public') }), maybe('ca', pem))),
  maybe(
    'alerts',
    merged(
      fc.constant({ url: 'https://alarm.example.nl/' }),
      maybe('authorization', secret),
      maybe('repeatAfter', duration),
    ),
  ),
  maybe('publicUrl', fc.constantFrom('https://notificaties.example.nl', 'https://example.nl/notificaties')),
).map((sections) => ({ ...sections, settings: { limits: { maxDeletes: 1_000, maxDeletePercent: 100 } } }))

/** The values of the variables in `anySections`. */
export const SECRETS: Record<string, string> = {
  ...PEMS,
  ...Object.fromEntries(
    ['ONE', 'TWO', 'THREE', ...Object.values(STATIC).flat()].map((key) => [key, `value-of-${key}`.padEnd(40, '.')]),
  ),
}

/** The document in one file. */
export function documentOf(owner: string, sections: Sections): string {
  return stringify({ ...HEADER, metadata: { name: owner }, ...sections }, { aliasDuplicateObjects: false })
}

/** The same document, its objects dealt out over files at random, and every map in an order of its own. */
export function scattered(owner: string, sections: Sections): fc.Arbitrary<Record<string, string>> {
  const pieces = Object.entries(sections).flatMap(([section, value]): [string, unknown][] =>
    SHARED.has(section) && Object.keys(value as object).length > 0
      ? Object.entries(value as object).map(([key, object]) => [section, { [key]: object as unknown }])
      : [[section, value]],
  )
  return fc
    .tuple(
      fc.shuffledSubarray(pieces, { minLength: pieces.length }),
      fc.array(fc.nat(2), { minLength: pieces.length, maxLength: pieces.length }),
      fc.infiniteStream(fc.nat(1_000)),
    )
    .map(([shuffled, places, ranks]) => {
      const files: Sections[] = [{}, {}, {}]
      for (const [index, [section, value]] of shuffled.entries()) {
        const file = files[places[index] ?? 0] ?? {}
        file[section] = SHARED.has(section) ? { ...(file[section] as object | undefined), ...(value as object) } : value
      }
      return Object.fromEntries(
        files.map((file, index) => [`${index}.yaml`, documentOf(owner, reordered(file, ranks) as Sections)]),
      )
    })
}

const SHARED = new Set(['externalCredentials', 'clientCredentials', 'kanalen', 'abonnementen'])

/** Keys in another order; lists as they are, for their order says something. */
function reordered(value: unknown, ranks: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, ranks))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => {
    return { rank: Number(ranks.next().value), entry: [key, reordered(member, ranks)] as const }
  })
  return Object.fromEntries(entries.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry))
}
