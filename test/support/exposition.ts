/** One metric as it was scraped. */
export type Family = { type: string; help: string; samples: Sample[] }
export type Sample = { name: string; labels: Record<string, string>; value: number }

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
const SUFFIXES: Record<string, string[]> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}
const LABELS = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,(?=[a-zA-Z_])|$)/y

/**
 * Reads the text format of Prometheus (0.0.4) and is strict about it: HELP and TYPE once per metric and before its
 * samples, a metric in one piece, no series twice, and histograms whose buckets add up. Throws Error with the line.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, Family>()
  const help = new Map<string, string>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (keyword === 'HELP') {
      demand(NAME.test(name) && !help.has(name) && rest !== '', line)
      help.set(name, rest)
    } else if (keyword === 'TYPE') {
      demand(TYPES.has(rest) && !families.has(name) && help.has(name), line)
      families.set(name, { type: rest, help: help.get(name)!, samples: [] })
      current = name
    } else {
      const family = families.get(current)
      const sample = parseSample(line)
      demand(family !== undefined && belongs(sample.name, current, family.type), line)
      const series = `${sample.name}${keyOf(sample.labels)}`
      demand(!seen.has(series), line)
      seen.add(series)
      family!.samples.push(sample)
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') demandHistogram(name, family)
  return families
}

/** The value of one series; undefined when there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = [...families.values()].flatMap((family) => family.samples)
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value
}

function parseSample(line: string): Sample {
  const match = /^([^\s{]+)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/.exec(line)
  if (match === null) throw new Error(`no sample: ${line}`)
  const [, name = '', inside = '', value = ''] = match
  demand(NAME.test(name) && (value === 'NaN' || /^[+-]Inf$/.test(value) || Number.isFinite(Number(value))), line)
  const labels: Record<string, string> = {}
  LABELS.lastIndex = 0
  while (LABELS.lastIndex < inside.length) {
    const label = LABELS.exec(inside)
    demand(label !== null && !Object.hasOwn(labels, label[1]!) && !label[1]!.startsWith('__'), line)
    labels[label![1]!] = label![2]!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  return { name, labels, value: value.endsWith('Inf') ? Number(`${value}inity`) : Number(value) }
}

function belongs(sample: string, family: string, type: string): boolean {
  return (SUFFIXES[type] ?? ['']).some((suffix) => sample === `${family}${suffix}`)
}

/** The same for the same labels, in whatever order. */
function keyOf(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function demandHistogram(name: string, { samples }: Family): void {
  const groups = new Map<string, { buckets: [le: number, count: number][]; count?: number; sum?: number }>()
  for (const { name: sample, labels, value } of samples) {
    const { le, ...rest } = labels
    const key = keyOf(rest)
    const group = groups.get(key) ?? { buckets: [] }
    groups.set(key, group)
    if (sample.endsWith('_bucket')) group.buckets.push([Number(le?.replace('Inf', 'Infinity')), value])
    else if (sample.endsWith('_count')) group.count = value
    else group.sum = value
  }
  for (const [labels, { buckets, count, sum }] of groups) {
    const grows = buckets.every(([le, value], index) => {
      const [before, less] = buckets[index - 1] ?? [-Infinity, 0]
      return le > before && value >= less
    })
    const [last, total] = buckets.at(-1) ?? []
    demand(grows && last === Infinity && total === count && sum !== undefined, `${name}${labels}`)
  }
}

function demand(right: boolean, line: string): void {
  if (!right) throw new Error(`not the exposition format: ${line}`)
}
