// The rules of ARCHITECTURE.md that a machine can check: who may import whom, who may touch the process,
// how long a file may be.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'
import { packageRoot } from '../src/common/package-root.ts'

/** What a room may import besides itself. `cli` is the composition root and may import everything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  http: ['autorisaties', 'abonnementen', 'notificaties', 'observability', 'common'],
  runtime: ['db', 'secrets', 'autorisaties', 'notificaties', 'delivery', 'egress', 'observability', 'common'],
  abonnementen: ['egress', 'secrets', 'db', 'observability', 'common'],
  alerts: ['egress', 'db', 'observability', 'common'],
  delivery: ['egress', 'db', 'observability', 'common'],
  notificaties: ['db', 'observability', 'common'],
  autorisaties: ['egress', 'secrets', 'db', 'observability', 'common'],
  egress: ['secrets', 'common'],
  reconcile: ['config', 'secrets', 'db', 'common'],
  config: ['secrets', 'common'],
  db: ['common'],
  secrets: ['common'],
  observability: ['common'],
  common: [],
}
const TOP_LEVEL_FOLDERS = ['examples', 'prisma', 'schema', 'src', 'test']
const MAX_LINES = 250
const MAY_TOUCH_PROCESS = ['bin.ts', 'cli/io.ts', 'common/environment.ts']
const PRISMA_PACKAGES = /^(@prisma\/|pg$|better-sqlite3)/
const TELEMETRY_PACKAGES = /^(prom-client$|@opentelemetry\/)/

type Import = { from: string; specifier: string; target: string | undefined; typeOnly: boolean }

const src = join(packageRoot, 'src')
const files = sourceFiles(src)
const imports = files.flatMap(importsOf)

void t.test('every room imports only what it may', async (t) => {
  const wrong = imports.filter(({ from, target }) => {
    if (target === undefined) return false
    const room = roomOf(from)
    const other = roomOf(target)
    return room !== other && room !== 'cli' && room !== 'bin.ts' && MAY_IMPORT[room]?.includes(other) !== true
  })
  t.strictSame(
    wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
    [],
  )
})

void t.test('reconcile takes only types from config, and nobody imports cli', async (t) => {
  const wrong = imports.filter(({ from, target, typeOnly }) => {
    if (target === undefined) return false
    const intoCli = roomOf(target) === 'cli' && roomOf(from) !== 'cli' && from !== 'bin.ts'
    const valueOfConfig = roomOf(from) === 'reconcile' && roomOf(target) === 'config' && !typeOnly
    return intoCli || valueOfConfig
  })
  t.strictSame(
    wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
    [],
  )
})

void t.test('there is no cycle', async (t) => {
  const edges = new Map<string, string[]>()
  for (const { from, target, typeOnly } of imports) {
    if (target !== undefined && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), target])
  }
  t.strictSame(firstCycle(edges), [])
})

void t.test('only db imports a Prisma client, an adapter or a driver', async (t) => {
  const wrong = imports.filter(({ from, specifier }) => PRISMA_PACKAGES.test(specifier) && roomOf(from) !== 'db')
  t.strictSame(
    wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
    [],
  )
})

void t.test('only observability knows how metrics and traces are made', async (t) => {
  const wrong = imports.filter(
    ({ from, specifier }) => TELEMETRY_PACKAGES.test(specifier) && roomOf(from) !== 'observability',
  )
  t.strictSame(
    wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
    [],
  )
})

void t.test('only the edges touch the process', async (t) => {
  const wrong = files.filter((file) => !MAY_TOUCH_PROCESS.includes(file) && /\bprocess\./.test(codeOf(file)))
  t.strictSame(wrong, [])
})

void t.test(`no file is longer than ${MAX_LINES} lines, unless its header says why`, async (t) => {
  const all = ['src', 'test', 'prisma', 'schema', 'examples'].flatMap((folder) =>
    sourceFiles(join(packageRoot, folder)).map((file) => join(packageRoot, folder, file)),
  )
  const long = all.filter((file) => {
    const text = readFileSync(file, 'utf8')
    return text.split('\n').length > MAX_LINES && !/^\/\/ (This file is|Longer than)/m.test(text.slice(0, 2000))
  })
  t.strictSame(
    long.map((file) => relative(packageRoot, file)),
    [],
  )
})

void t.test('the top level holds only the folders that ARCHITECTURE.md names', async (t) => {
  const made = ['node_modules', 'dist']
  const folders = readdirSync(packageRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !made.includes(entry.name))
    .map((entry) => entry.name)
  t.strictSame(folders.toSorted(), TOP_LEVEL_FOLDERS)
})

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated') && statSync(join(folder, file)).isFile())
    .toSorted()
}

function importsOf(from: string): Import[] {
  const pattern = /(?:^|\n)\s*(import|export)\s+(type\s)?[^;'"]*?\bfrom\s+'([^']+)'|\bimport\('([^']+)'\)/g
  return [...codeOf(from).matchAll(pattern)].map((match) => {
    const specifier = match[3] ?? match[4] ?? ''
    const target = specifier.startsWith('.') ? relative(src, resolve(src, dirname(from), specifier)) : undefined
    return { from, specifier, target, typeOnly: match[2] !== undefined }
  })
}

function codeOf(file: string): string {
  return readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*/g, '')
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

function firstCycle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of edges.keys()) {
    const cycle = visit(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
