// The dashboard, the alert rules and the table of examples/observability against what a server really shows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { packageRoot } from '../../src/common/package-root.ts'
import { onEachDatabase } from '../support/databases.ts'
import type { Family } from '../support/exposition.ts'
import { startObservedServer } from '../support/observed-server.ts'
import { Receiver } from '../support/receiver.ts'
import { until } from '../support/server.ts'

const read = (file: string): string => readFileSync(join(packageRoot, 'examples/observability', file), 'utf8')

type Panel = { id: number; targets?: { expr: string }[]; gridPos: { x: number; y: number; w: number; h: number } }
type Dashboard = { panels: Panel[]; templating: { list: { query: unknown }[] } }
type Rules = { groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[] }

const dashboard = JSON.parse(read('dashboard.json')) as Dashboard
const rules = (parse(read('alerts.yml')) as Rules).groups.flatMap((group) => group.rules)
const expressions = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => JSON.stringify(query)),
  ...rules.map(({ expr }) => expr),
]

onEachDatabase(
  t,
  'dashboard, alerts and table name only metrics and labels that exist, and all of them',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const server = await startObservedServer(t, url, [{ id: 'a', callbackUrl: receiver.url }])
    t.equal(await server.publish(), 201)
    await until(async () => (await server.database.reader.delivery.count()) === 0)
    const scraped = await server.scrape()
    for (const expression of expressions) t.strictSame(unknownIn(expression, scraped), [], expression)

    const table = [...read('README.md').matchAll(/^\| `(bode_\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm)].map(
      ([, name, type, labels = '']) => ({ name, type, labels: labels.split(', ').filter(Boolean).toSorted() }),
    )
    const shown = [...scraped]
      .filter(([name]) => name.startsWith('bode_'))
      .map(([name, { type, samples }]) => ({ name, type, labels: labelsOf(samples) }))
    const byName = (a: { name: string | undefined }, b: { name: string | undefined }) => (a.name! < b.name! ? -1 : 1)
    t.strictSame(table.toSorted(byName), shown.toSorted(byName), 'the table of the README')
    const used = expressions.join('\n')
    t.strictSame(
      shown.map(({ name }) => name).filter((name) => !used.includes(name) && !UNUSED.has(name)),
      [],
    )
  },
)

/** What nobody looks at every day. */
const UNUSED = new Set(['bode_configuration_epoch', 'bode_http_request_duration_seconds', 'bode_accept_queue_bytes'])

void t.test('every alert says what it means, and the dashboard is laid out without overlap', async (t) => {
  t.ok(rules.length >= 10)
  for (const { alert, annotations } of rules) {
    t.match(alert, /^Bode[A-Z]/)
    t.ok(annotations['summary'] && annotations['description'], alert)
  }
  t.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  )
  t.equal(new Set(cells).size, cells.length)
  t.ok(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24))
})

onEachDatabase(t, 'a scrape under load is answered, whole', async (t, url) => {
  const receiver = await Receiver.start(t)
  const abonnementen = Array.from({ length: 20 }, (_, index) => ({ id: `a${index}`, callbackUrl: receiver.url }))
  const server = await startObservedServer(t, url, abonnementen)
  const published: number[] = []
  const enough = new AbortController()
  const publisher = async (): Promise<void> => {
    while (!enough.signal.aborted) published.push(await server.publish())
  }
  const publishing = Promise.all(Array.from({ length: 8 }, publisher))
  for (let scrapes = 0; scrapes < 5; scrapes += 1) {
    await until(() => published.length >= 10 * (scrapes + 1))
    const begunAt = performance.now()
    const scraped = await server.scrape()
    t.ok(performance.now() - begunAt < 5_000, 'well within the 10 s that Prometheus waits')
    t.equal(scraped.get('bode_lane_deliveries')?.samples.length, 60)
  }
  enough.abort()
  await publishing
  t.ok(
    published.every((status) => status === 201),
    `${published.length} published meanwhile`,
  )
})

/** Metrics and labels in an expression that the scrape does not have. */
function unknownIn(expression: string, scraped: ReadonlyMap<string, Family>): string[] {
  const names = [...expression.matchAll(/\b((?:bode|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)]
  if (names.length === 0 && expression.includes('_')) return [`no metric in ${expression}`]
  return names.flatMap(([, name = '', matchers = '']) => {
    const family = scraped.get(name) ?? scraped.get(name.replace(/_(bucket|sum|count)$/, ''))
    if (family === undefined) return [name]
    const known = new Set(['instance', 'job', ...labelsOf(family.samples)])
    const asked = [...matchers.matchAll(/(\w+)(?:=~|!=|!~|=)"/g)].map(([, label = '']) => label)
    const grouped = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
    return [...asked, ...grouped]
      .filter((label) => !known.has(label) && label !== 'le')
      .map((label) => `${name}.${label}`)
  })
}

/** Without `le`, which every histogram has. */
function labelsOf(samples: Family['samples']): string[] {
  return [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].filter((label) => label !== 'le').toSorted()
}
