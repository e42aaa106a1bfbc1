import fc from 'fast-check'
import t from 'tap'
import { emptyOpenNotificaties, type GivenSecret, type OnAbonnement } from '../../../src/common/open-notificaties.ts'
import { Secret } from '../../../src/common/secret.ts'
import { convertDatabase } from '../../../src/config/convert/convert.ts'
import { neededSecrets } from '../../../src/config/convert/converted.ts'
import { byVariable, writeDocument } from '../../../src/config/convert/write-document.ts'
import { renderDiagnostics } from '../../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import { leakIn } from '../../support/canary.ts'
import { readText } from '../../support/configuration.ts'

// What a table without rules may hold: nothing, spaces, quotes, line ends, what YAML or a variable means.
const odd = fc.constantFrom(
  '',
  ' ',
  '\n',
  '"',
  "'",
  '#',
  ': ',
  '- ',
  '${X}',
  '$$',
  '*',
  '&a',
  '{',
  '\u202E',
  '__proto__',
  '~',
  'yes',
  '007',
)
/** Without what a text of PostgreSQL cannot hold. */
const word = fc
  .oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z]{1,6}$/) },
    { weight: 2, arbitrary: odd },
    fc.string({ maxLength: 12 }),
  )
  .filter((text) => !/\0|\p{Surrogate}/u.test(text))
const url = fc.oneof(
  { weight: 4, arbitrary: word.map((name) => `https://${name}.voorbeeld.nl/in`) },
  word,
  fc.constant('https://c4n4ry:c4n4ry@a.nl/'),
)
const secret: fc.Arbitrary<GivenSecret | undefined> = fc.option(
  word.map((text) => ({ value: new Secret(`c4n4ry${text}`) })),
  { nil: undefined },
)
const map = fc.dictionary(word, word, { maxKeys: 3 })
const origin = { shown: 'it' }

const abonnement: fc.Arbitrary<OnAbonnement> = fc.record({
  uuid: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, word),
  callbackUrl: url,
  authType: fc.constantFrom('api_key', 'zgw', 'oauth2_client_credentials', 'no_auth', '', 'saml'),
  auth: secret,
  clientId: word,
  secret,
  tokenUrl: url,
  scope: word,
  sendCloudEvents: fc.boolean(),
  groups: fc.array(fc.record({ naam: word, filters: map }), { maxLength: 3 }),
  eventGroups: fc.array(fc.record({ typeSubstring: word, filters: map }), { maxLength: 2 }),
  certificates: fc.boolean(),
  notes: fc.array(word, { maxLength: 1 }),
  origin: fc.constant(origin),
})

const facts = fc
  .record({
    services: fc.array(
      fc.record({
        slug: word,
        label: word,
        apiType: fc.constantFrom('ac', 'nrc', ''),
        apiRoot: url,
        clientId: word,
        secret,
        userId: word,
        userRepresentation: word,
        authType: fc.constantFrom('zgw', 'api_key', 'no_auth'),
        origin: fc.constant(origin),
      }),
      { maxLength: 3 },
    ),
    credentials: fc.uniqueArray(fc.record({ clientId: word, secret, origin: fc.constant(origin) }), {
      maxLength: 4,
      selector: ({ clientId }) => clientId,
    }),
    kanalen: fc.uniqueArray(
      fc.record({
        naam: word,
        documentatieLink: url,
        filters: fc.array(word, { maxLength: 4 }),
        origin: fc.constant(origin),
      }),
      { maxLength: 4, selector: ({ naam }) => naam },
    ),
    abonnementen: fc.array(abonnement, { maxLength: 4 }),
    domain: fc.option(word, { nil: undefined }),
    retries: fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ retries: [maxRetries, backoff, backoffMax, baseFactor], ...rest }) => ({
    ...emptyOpenNotificaties(),
    ...rest,
    autorisaties: rest.services[0] && { service: rest.services[0].slug, component: 'nrc', origin },
    retry: { maxRetries, backoff, backoffMax, baseFactor, notes: [], origin },
  }))

void t.test('whatever a database holds, the document validates and no secret is in it', async (t) => {
  await fc.assert(
    fc.asyncProperty(facts, async (given) => {
      const options = { name: 'gemeente', environment: {}, now: 0, imported: new Set<OnAbonnement>() }
      const { document, diagnostics } = await convertDatabase(given, options)
      if (document === undefined) return false
      const yaml = writeDocument(document, 'gemeente', byVariable)
      if (leakIn(yaml + renderDiagnostics(diagnostics, styleFor(false)) + JSON.stringify(diagnostics)) !== undefined)
        return false
      const { states, diagnostics: found } = await readText(yaml)
      const names = neededSecrets(document.objects).map(({ name }) => name)
      const kept = states[0]?.objects.length === document.objects.length
      return kept && new Set(names).size === names.length && found.every(({ severity }) => severity === 'warning')
    }),
    { numRuns: 200, seed: 20261124 },
  )
  t.pass()
})
