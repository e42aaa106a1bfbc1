import { text } from 'node:stream/consumers'
import { systemClock } from '../../common/clock.ts'
import { variableOrFile } from '../../common/environment.ts'
import { Failure } from '../../common/failure.ts'
import type { OpenNotificaties } from '../../common/open-notificaties.ts'
import { convertDatabase, convertFile, type Conversion } from '../../config/convert/convert.ts'
import { asImported } from '../../config/convert/imported.ts'
import { ownAbonnement } from '../../config/convert/own-abonnement.ts'
import { loadSources } from '../../config/load.ts'
import type { Invocation } from '../command.ts'
import type { ImportPlan } from './import.ts'

export const SOURCES = ['open-notificaties', 'open-notificaties-database'] as const

/** Where the URL of Open Notificaties' database may stand, so that its password is on no command line. */
const URL_VARIABLE = 'OPEN_NOTIFICATIES_DATABASE_URL'

export type Found = { conversion: Conversion; imports: ImportPlan | undefined }

/** Converts the one file that is named; `-` is stdin. */
export async function convertNamedFile(invocation: Invocation, name: string): Promise<Found> {
  const { positionals, io, environment } = invocation
  const [path, ...others] = positionals
  if (path === undefined || others.length > 0) {
    throw new Failure('usage', 'name one file: bode convert --from open-notificaties data.yaml')
  }
  const { sources, diagnostics } = await loadSources([path], { cwd: io.cwd, stdin: () => text(io.stdin) })
  const [source] = sources
  if (source === undefined) throw new Failure('invalid', `cannot read ${path}`, { diagnostics })
  if (sources.length > 1) throw new Failure('usage', `${path} is a directory: name the file itself`)
  return { conversion: await convertFile(source, { name, environment, now: systemClock.now() }), imports: undefined }
}

/** Converts what the database of Open Notificaties holds. */
export async function convertNamedDatabase(
  invocation: Invocation,
  name: string,
  wanted: { abonnementen: boolean; kanalen: boolean },
): Promise<Found> {
  const { flags, environment, positionals, progress } = invocation
  if (positionals.length > 0)
    throw new Failure('usage', `unexpected "${positionals[0]}"; the database is given with --source-url`)
  const url = flags.text('source-url') ?? variableOrFile(environment, URL_VARIABLE)
  if (url === undefined) {
    throw new Failure(
      'usage',
      `name the database of Open Notificaties with ${URL_VARIABLE}, ${URL_VARIABLE}_FILE or --source-url`,
    )
  }
  const { readOpenNotificaties } = await import('../../db/open-notificaties/read.ts')
  progress.step('reading the database of Open Notificaties')
  const facts = await readOpenNotificaties(url, { acceptNewer: flags.on('accept-newer-schema') })
  const imports = wanted.abonnementen || wanted.kanalen ? importsOf(facts, wanted) : undefined
  const left = wanted.kanalen ? { ...facts, kanalen: [] } : facts
  const imported = new Set(imports?.abonnementen.map(({ source }) => source))
  return { conversion: await convertDatabase(left, { name, environment, now: systemClock.now(), imported }), imports }
}

function importsOf(facts: OpenNotificaties, wanted: { abonnementen: boolean; kanalen: boolean }): ImportPlan {
  const uuids = new Set<string>()
  return {
    abonnementen: facts.abonnementen.flatMap((source) => {
      const imported = asImported(source)
      const isOwn = ownAbonnement(facts.own, source) === 'yes'
      if (!wanted.abonnementen || imported === undefined || isOwn || uuids.has(source.uuid)) return []
      uuids.add(source.uuid)
      return [{ source, ...imported }]
    }),
    kanalen: facts.kanalen.flatMap(({ naam, uuid, documentatieLink, filters }) => {
      if (!wanted.kanalen || uuid === undefined || uuid === '') return []
      const texts = (given: unknown[]): string[] => given.filter((item) => typeof item === 'string')
      return [{ id: uuid, naam, documentatieLink: texts([documentatieLink])[0] ?? '', filters: texts(filters) }]
    }),
  }
}
