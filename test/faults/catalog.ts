import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { serve, type ServedProgram } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { callApi, configureFor, drained, publishOnce } from './load.ts'
import { withDatabase } from './world.ts'

export type CatalogOptions = {
  /** An empty database. */
  databaseUrl: string
  /** How many servers there are: with two, one gets the abonnement and the other the messages, by turns. */
  servers: number
  rounds: number
  onRound?: (round: number) => void
}

export type CatalogReport = {
  /** Messages that were posted after the 201 of an abonnement, and after the 204 of its end. */
  after201: number
  after204: number
  /**
   * What a new abonnement did not get, with which it ends, and what one got that was gone, as `abonnement resourceUrl`.
   * Must be none.
   */
  missed: string[]
  leaked: string[]
}

/** Posted at once after each change; those before it and during it race it and promise nothing. */
const MESSAGES = 3
const ARRIVES_WITHIN_MS = 30_000
const SECRET_OF_SUBSCRIBER = 'Bearer of-the-subscriber'

/** Makes and deletes an abonnement at one server, while messages are posted to another (I5). */
export async function changeCatalog({ databaseUrl, servers, rounds, onRound }: CatalogOptions): Promise<CatalogReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-catalog-'))
  const receiver = new Receiver()
  await receiver.listen()
  const arrived = new Map<string, Set<string>>()
  receiver.answer(({ path, body }) => {
    const { resourceUrl } = JSON.parse(body) as { resourceUrl: string }
    arrived.set(path, (arrived.get(path) ?? new Set()).add(resourceUrl))
    return { status: 204 }
  })
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const agent = new Agent()
  const started: ServedProgram[] = []
  const report: CatalogReport = { after201: 0, after204: 0, missed: [], leaked: [] }
  try {
    await configureFor(folder, environment, {})
    while (started.length < servers) started.push(await serve({ teardown: () => {} }, environment))
    const gone: { path: string; ids: string[] }[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const [catalogAt, postAt] = pair(started, round)
      const post = postTo(postAt, agent, round)
      const path = `/${round}`
      // Whatever becomes of them: what they are matched against moves before they are committed.
      const racing = [Promise.allSettled([post('before'), post('before')])]
      const abonnement = await createAbonnement(catalogAt, `${receiver.url}${path}`, agent)
      const wanted = await Promise.all(Array.from({ length: MESSAGES }, () => post('during')))
      const missing = await whatIsMissing(() => arrived.get(path), wanted)
      report.missed.push(...missing.map((id) => `${path} ${id}`))
      if (missing.length > 0) break

      racing.push(Promise.allSettled([post('before'), post('before')]))
      await deleteAbonnement(catalogAt, abonnement, agent)
      gone.push({ path, ids: await Promise.all(Array.from({ length: MESSAGES }, () => post('after'))) })
      await Promise.all(racing)
      report.after201 += wanted.length
      report.after204 += MESSAGES
      onRound?.(round)
    }
    await withDatabase(databaseUrl, drained)
    report.leaked.push(
      ...gone.flatMap(({ path, ids }) => ids.filter((id) => arrived.get(path)?.has(id)).map((id) => `${path} ${id}`)),
    )
    return report
  } finally {
    await Promise.all(started.map((server) => server.stop()))
    await agent.close()
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the catalog changes and where messages are posted this time; the same one where there is but one. */
function pair(servers: readonly ServedProgram[], round: number): [ServedProgram, ServedProgram] {
  const at = (index: number): ServedProgram => servers[index % servers.length]!
  return [at(round), at(round + 1)]
}

/** Posts a message and resolves to its resourceUrl. Throws when it gets no 201. */
function postTo({ url }: ServedProgram, agent: Agent, round: number): (when: string) => Promise<string> {
  let count = 0
  return async (when) => {
    const id = `http://zaken.test/${round}/${when}/${(count += 1)}`
    const status = await publishOnce(url, id, agent)
    if (status !== 201) throw new Error(`${id} was answered with ${status}`)
    return id
  }
}

async function createAbonnement({ url }: ServedProgram, callbackUrl: string, agent: Agent): Promise<string> {
  const body = { callbackUrl, auth: SECRET_OF_SUBSCRIBER, kanalen: [{ naam: 'zaken', filters: {} }] }
  const answer = await callApi(url, { method: 'POST', path: 'abonnement', body }, agent)
  if (answer.status !== 201) throw new Error(`an abonnement was answered with ${answer.status}: ${answer.body}`)
  return (JSON.parse(answer.body) as { url: string }).url.split('/').at(-1)!
}

async function deleteAbonnement({ url }: ServedProgram, uuid: string, agent: Agent): Promise<void> {
  const answer = await callApi(url, { method: 'DELETE', path: `abonnement/${uuid}` }, agent)
  if (answer.status !== 204) throw new Error(`a deletion was answered with ${answer.status}: ${answer.body}`)
}

/** Those of `wanted` that do not come; the end of its abonnement would take what has not. */
async function whatIsMissing(arrived: () => Set<string> | undefined, wanted: readonly string[]): Promise<string[]> {
  const deadline = performance.now() + ARRIVES_WITHIN_MS
  const missing = (): string[] => wanted.filter((id) => arrived()?.has(id) !== true)
  while (missing().length > 0 && performance.now() < deadline) await sleep(2)
  return missing()
}
