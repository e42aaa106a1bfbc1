import { randomUUID } from 'node:crypto'
import type { Clock } from '../common/clock.ts'
import { foldKey } from '../common/key-folding.ts'
import type { KanaalSpec } from '../common/model.ts'
import { invalid, orUnavailable, Problem, type InvalidParam } from '../common/problem.ts'
import { clientOwner, isDeclared, type Kanaal, type Snapshot } from '../common/snapshot.ts'
import { toColumns } from '../db/records/kanaal.ts'
import { kanaalEntry, type Writer } from './audit-entries.ts'
import type { CatalogWriter } from './catalog-writer.ts'
import { readKanaalFields } from './kanaal-fields.ts'
import { managedByConfiguration } from './ownership.ts'

/** The kanalen of the API. Bodies are what the client sent; throws Problem. */
export type Kanalen = {
  /** Oldest first; only the one called `naam` when that is given. */
  list(naam?: string): Promise<Kanaal[]>
  get(id: string): Promise<Kanaal>
  create(body: unknown, by: Writer): Promise<Kanaal>
  /** `partial`: PATCH. Either way, what is left out stays. */
  update(id: string, body: unknown, by: Writer & { partial: boolean }): Promise<Kanaal>
}

export type KanalenOptions = {
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  write: CatalogWriter
  clock: Clock
}

export function createKanalen({ snapshot, write, clock, ...options }: KanalenOptions): Kanalen {
  const reload = orUnavailable(options.reload)

  async function get(id: string): Promise<Kanaal> {
    const found = byId(snapshot(), id) ?? byId(await reload(), id)
    if (found === undefined) throw new Problem('notFound')
    return found
  }

  return {
    get,
    list: async (naam) => {
      const { kanalen } = await reload()
      return [...kanalen.values()].filter((kanaal) => naam === undefined || kanaal.naam === naam)
    },
    create: async (body, by) => {
      const { naam = '', documentatieLink = '', filters = [] } = readKanaalFields(body, { partial: false })
      const id = randomUUID()
      const now = clock.now()
      const owner = clientOwner(by.clientId)
      const written = await write(
        async (tx) => {
          if ((await tx.kanaal.count({ where: { naam } })) > 0) throw invalid(NOT_UNIQUE)
          const times = { createdAt: BigInt(now), updatedAt: BigInt(now), updatedBy: owner }
          // Only what a document declares is compared by hash.
          await tx.kanaal.create({
            data: { id, naam, owner, hash: '', ...toColumns({ documentatieLink, filters }), ...times },
          })
        },
        { entry: kanaalEntry(by, 'create', naam, { after: { documentatieLink, filters } }), now },
      )
      return demand(byId(written, id))
    },
    update: async (id, body, by) => {
      const kanaal = await get(id)
      const { naam, ...changes } = readKanaalFields(body, by)
      demandSameNaam(snapshot(), kanaal, naam)
      const wanted = { ...kanaal, ...changes }
      if (isSame(kanaal, wanted)) return kanaal
      if (isDeclared(kanaal.owner)) throw managedByConfiguration(kanaal)
      const now = clock.now()
      const audit = { updatedAt: BigInt(now), updatedBy: clientOwner(by.clientId) }
      const written = await write(
        async (tx) => {
          const { owner } = kanaal
          const { count } = await tx.kanaal.updateMany({
            where: { id, owner },
            data: { ...toColumns(wanted), ...audit },
          })
          if (count === 0) throw new Problem('notFound')
        },
        { entry: kanaalEntry(by, 'update', kanaal.naam, { before: kanaal, after: wanted }), now },
      )
      return demand(byId(written, id))
    },
  }
}

const NOT_UNIQUE: InvalidParam = { name: 'naam', code: 'unique', reason: 'Dit veld moet uniek zijn.' }
const IMMUTABLE: InvalidParam = {
  name: 'naam',
  code: 'wijzigen-niet-toegelaten',
  reason: 'Dit veld mag niet gewijzigd worden.',
}

function demandSameNaam({ kanalen }: Snapshot, kanaal: Kanaal, naam: string | undefined): void {
  if (naam === undefined || naam === kanaal.naam) return
  throw invalid(...(kanalen.has(naam) ? [NOT_UNIQUE] : []), IMMUTABLE)
}

/** Filters are compared as sets of folded names: that is how they are used. */
function isSame(a: KanaalSpec, b: KanaalSpec): boolean {
  const names = ({ filters }: KanaalSpec): string => JSON.stringify([...new Set(filters.map(foldKey))].toSorted())
  return a.documentatieLink === b.documentatieLink && names(a) === names(b)
}

function byId({ kanalen }: Snapshot, id: string): Kanaal | undefined {
  for (const kanaal of kanalen.values()) if (kanaal.id === id) return kanaal
  return undefined
}

/** What was just written may be gone again when it is read. */
function demand(kanaal: Kanaal | undefined): Kanaal {
  if (kanaal === undefined) throw new Problem('notFound')
  return kanaal
}
