import { systemClock } from '../common/clock.ts'
import type { Diagnostic, Position } from '../common/diagnostics.ts'
import { DEFAULT_SETTINGS, type AbonnementSpec, type Settings } from '../common/model.ts'
import { isDeclared, type Kanaal } from '../common/snapshot.ts'
import type { DesiredObject } from '../config/desired-state.ts'
import { explain, type Explanation, type Miss } from '../notificaties/explain.ts'
import type { Notificatie } from '../notificaties/notificatie.ts'
import { addressOf } from '../reconcile/kinds.ts'
import type { LiveObject } from '../reconcile/kind.ts'
import type { Invocation } from './command.ts'
import { databaseUrl } from './database-url.ts'
import { readDocument } from './read-document.ts'

/** What a message is routed by: of a document, or of the database. */
export type RouteCatalog = {
  /** Undefined: the document says nothing of kanalen, so what the database has decides. */
  kanalen: ReadonlyMap<string, Kanaal> | undefined
  abonnementen: readonly Candidate[]
  leewayMs: number
  warnings: readonly Diagnostic[]
}

type Candidate = {
  address: string
  /** The uuid; undefined for one that a document declares without. */
  id: string | undefined
  owner: string
  spec: AbonnementSpec
  position?: Position
  /** By dotted path in the abonnement. */
  fields?: ReadonlyMap<string, Position>
}

/** Whether one abonnement gets the message; `origin` is where what decides stands in the document. */
export type Route = Pick<Candidate, 'address' | 'id' | 'owner'> & { callbackUrl: string; origin: Origin | null } & (
    | Extract<Explanation, { matched: true }>
    | Extract<Explanation, { reason: 'kanaal' }>
    | { matched: false; reason: 'entries'; misses: (Miss & { origin: Origin | null })[] }
  )
export type Origin = { file: string; line: number; column: number }

/** The document of `--file`, secrets left alone. Throws Failure `invalid`. */
export async function declaredCatalog(invocation: Invocation): Promise<RouteCatalog> {
  const { states, diagnostics: warnings } = await readDocument(invocation)
  const objects = states.flatMap((state) => state.objects.map((object) => ({ ...object, owner: state.owner })))
  const declares = states.some(({ declared }) => declared.has('kanalen'))
  return {
    kanalen: declares ? kanalenOf(objects) : undefined,
    abonnementen: objects.flatMap((object) => (object.kind === 'abonnementen' ? [candidate(object, object.uuid)] : [])),
    leewayMs: leewayOf(objects),
    warnings,
  }
}

/** What the database holds now, of all owners. Needs no key. Throws Failure `unreachable`. */
export async function liveCatalog(invocation: Invocation): Promise<RouteCatalog> {
  const [{ withPreparedDatabase }, { readCurrentState }] = await Promise.all([
    import('./prepared-database.ts'),
    import('../reconcile/current-state.ts'),
  ])
  const { objects } = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, (database) =>
    readCurrentState(database, [], systemClock.now()),
  )
  return {
    kanalen: kanalenOf(objects),
    abonnementen: objects.flatMap((object) => (object.kind === 'abonnementen' ? [candidate(object, object.id)] : [])),
    leewayMs: leewayOf(objects),
    warnings: [],
  }
}

/** Every abonnement with its answer; those that get the message first, each group in order of address. */
export function explainRoutes({ abonnementen }: RouteCatalog, notificatie: Notificatie): Route[] {
  const routes = abonnementen
    .map((abonnement) => routeOf(abonnement, explain(abonnement.spec.kanalen, notificatie)))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
  return [...routes.filter(({ matched }) => matched), ...routes.filter(({ matched }) => !matched)]
}

function routeOf(abonnement: Candidate, explanation: Explanation): Route {
  const { address, id, owner, spec } = abonnement
  const shared = { address, id, owner, callbackUrl: spec.callbackUrl, origin: originOf(abonnement, '') }
  if (explanation.matched || explanation.reason === 'kanaal') return { ...shared, ...explanation }
  const misses = explanation.misses.map((miss) => ({ ...miss, origin: originOf(abonnement, pathOf(miss)) }))
  return { ...shared, ...explanation, misses }
}

function pathOf(miss: Miss): string {
  const field = miss.kind === 'filter' ? `filters.${miss.key}` : miss.kind === 'actie' ? 'acties' : 'resources'
  return `kanalen.${miss.entry}.${field}`
}

function originOf({ fields, position }: Candidate, path: string): Origin | null {
  const found = fields?.get(path) ?? position
  return found === undefined ? null : { file: found.file, line: found.line, column: found.column }
}

type Declared = DesiredObject & { owner: string }

function candidate(
  object: Extract<Declared | LiveObject, { kind: 'abonnementen' }>,
  id: string | undefined,
): Candidate {
  const places = 'position' in object ? { position: object.position, fields: object.fields } : {}
  // Made through the API it is known by its uuid, so that is what its name is.
  const address = isDeclared(object.owner) ? addressOf(object) : `abonnement ${object.key}`
  return { address, id, owner: object.owner, spec: object.spec, ...places }
}

function kanalenOf(objects: readonly (Declared | LiveObject)[]): Map<string, Kanaal> {
  return new Map(
    objects.flatMap((object) => {
      if (object.kind !== 'kanalen') return []
      const { key: naam, spec, owner } = object
      return [[naam, { ...spec, naam, owner, id: 'id' in object ? object.id : naam }]]
    }),
  )
}

function leewayOf(objects: readonly (Declared | LiveObject)[]): number {
  const tokens = objects.find(({ kind, key }) => kind === 'settings' && key === 'tokens')
  return ((tokens?.spec as Settings['tokens'] | undefined) ?? DEFAULT_SETTINGS.tokens).leewayMs
}
