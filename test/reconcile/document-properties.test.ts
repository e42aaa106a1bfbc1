// What holds for every document, from the text to the database and back. A few runs here;
// BODE_TEST_RUNS=200 npm run tap -- test/reconcile/document-properties.test.ts for many.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Plan } from '../../src/reconcile/plan.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { anySections, documentOf, scattered, SECRETS, type Sections } from '../support/arbitrary-document.ts'
import { runCli } from '../support/cli.ts'
import { onEachDatabase } from '../support/databases.ts'
import { dumpTables } from '../support/dump.ts'

t.setTimeout(240_000)

const RUNS = { numRuns: Number(process.env['BODE_TEST_RUNS'] ?? 4) }

/** A document, and the same one scattered over files in two ways. */
const anyDocument = anySections.chain((sections) =>
  fc.record({
    sections: fc.constant(sections),
    one: scattered('gemeente', sections),
    other: scattered('gemeente', sections),
  }),
)

type World = ReturnType<typeof worldOf>

function worldOf(t: Test, url: string) {
  const folder = t.testdir({})
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey(), ...SECRETS }
  const write = (files: Record<string, string>): string => {
    const path = mkdtempSync(join(folder, 'document-'))
    mkdirSync(path, { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
    return path
  }
  const bode = async (...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await runCli(args, { environment })
    if (exit !== 0) throw new Error(`bode ${args.join(' ')} exits ${exit}:\n${stdout}${stderr}`)
    return stdout
  }
  return {
    bode,
    write,
    url,
    plan: async (path: string) => JSON.parse(await bode('plan', '-f', path, '--format', 'json')) as Plan,
    /** The generation that was made, or null. */
    apply: async (path: string) => {
      const report = await bode('apply', '-f', path, '--auto-approve', '--allow-empty', '--format', 'json')
      return (JSON.parse(report) as { generation: number | null }).generation
    },
  }
}

onEachDatabase(t, 'order and files never matter; an apply is done once; an export says the same', async (t, url) => {
  const world = worldOf(t, url)
  const theirs = await applyTheirs(world)
  await fc.assert(
    fc.asyncProperty(anyDocument, async ({ sections, one, other }) => {
      const [whole, scattered, otherwise] = [{ 'bode.yaml': documentOf('gemeente', sections) }, one, other].map(
        (files) => world.write(files),
      ) as [string, string, string]
      const plan = await world.plan(whole)
      assert.equal((await world.plan(scattered)).sha256, plan.sha256)
      assert.equal((await world.plan(otherwise)).sha256, plan.sha256)
      assert.ok(plan.changes.every(({ owner }) => owner === 'gemeente'))

      await world.apply(scattered)
      const empty = await world.plan(otherwise)
      assert.deepEqual(empty.changes, [])
      assert.equal(await world.apply(otherwise), null, 'applied twice is applied once')
      assert.equal(empty.documents[0]?.base.digest, plan.documents[0]?.digest, 'the digest that was planned')

      const exported = world.write({ 'bode.yaml': await world.bode('export', '--owner', 'gemeente') })
      assert.deepEqual((await world.plan(exported)).changes, [], 'an export asks for what is there')
      assert.deepEqual(await ofOthers(world), theirs, "nobody else's objects change")
    }),
    RUNS,
  )
  t.pass(`${RUNS.numRuns} runs`)
})

onEachDatabase(t, 'a rollback restores the digest, and the way does not matter', async (t, url) => {
  const world = worldOf(t, url)
  const theirs = await applyTheirs(world)
  await fc.assert(
    fc.asyncProperty(anySections, anySections, async (first, second) => {
      const [x, y] = [first, second].map((sections) => world.write({ 'bode.yaml': complete(sections) })) as [
        string,
        string,
      ]
      await world.apply(y)
      const direct = await digestOf(world, y)
      await world.apply(x)
      const restored = await generationOf(world)
      const before = await digestOf(world, x)
      await world.apply(y)
      assert.equal(await digestOf(world, y), direct, 'y after x is y')
      await world.bode('rollback', String(restored), '--auto-approve', '--allow-deletes', '99', '--allow-empty')
      assert.equal(await digestOf(world, x), before, 'the digest is what it was')
      assert.deepEqual((await world.plan(x)).changes, [], 'and its document finds nothing to do')
      assert.deepEqual(await ofOthers(world), theirs)
    }),
    RUNS,
  )
  t.pass(`${RUNS.numRuns} runs`)
})

/** With every section present, so that it says all of what is to be there. */
function complete(sections: Sections): string {
  const empty = { clientCredentials: {}, abonnementen: {}, externalCredentials: {}, kanalen: {} }
  return documentOf('gemeente', { ...empty, ...ALL_SETTINGS, ...sections })
}

const ALL_SETTINGS = {
  autorisaties: { apiRoot: 'https://ac.example.nl/api/v2' },
  delivery: {},
  retention: {},
  alerts: {},
  tokens: {},
  egress: {},
  publicUrl: 'https://example.nl',
}

async function digestOf(world: World, path: string): Promise<unknown> {
  return (await world.plan(path)).documents[0]?.base.digest
}

async function generationOf(world: World): Promise<number> {
  const { generation = [] } = await dumpTables(world.url)
  return Math.max(...generation.filter(({ owner }) => owner === 'gemeente').map(({ number }) => Number(number)))
}

async function applyTheirs(world: World): Promise<unknown> {
  const sections = {
    kanalen: { theirs: { filters: ['x'] } },
    clientCredentials: { theirs: { secret: { env: 'ONE' } } },
    abonnementen: {
      theirs: {
        callbackUrl: 'https://theirs.example.nl/',
        auth: { type: 'api_key', value: { env: 'TWO' } },
        kanalen: [{ naam: 'theirs' }],
      },
    },
  }
  await world.apply(world.write({ 'bode.yaml': documentOf('other', sections) }))
  return ofOthers(world)
}

/** Every row of the other owner, secrets included. */
async function ofOthers({ url }: World): Promise<unknown> {
  const dump = await dumpTables(url)
  const rows = Object.values(dump).flat()
  const ids = new Set(rows.filter(({ owner, id }) => owner === 'other' && id !== undefined).map(({ id }) => id))
  return rows.filter((row) => row['owner'] === 'other' || ids.has(row['object_id']))
}
