import { hasErrors, type Diagnostic } from '../../common/diagnostics.ts'
import type { Environment } from '../../common/environment.ts'
import type { OnAbonnement, OpenNotificaties } from '../../common/open-notificaties.ts'
import { withFrames } from '../frames.ts'
import { positionOf, type Source, type Span } from '../source.ts'
import type { Entry, Tree } from '../tree.ts'
import { parseSource } from '../yaml-tree.ts'
import { leaveOutInvalid } from './check-document.ts'
import type { Converted } from './converted.ts'
import { hiddenInEnvironmentFile, isEnvironmentFile, readEnvironmentFile } from './environment-file.ts'
import { Findings } from './findings.ts'
import { hiddenSpans } from './hidden.ts'
import { readSetupConfiguration } from './setup-configuration.ts'
import { toDocument } from './to-document.ts'

export type ConvertOptions = {
  /** `metadata.name` of the document. */
  name: string
  /** For names that the source takes from a variable. */
  environment: Environment
  /** Epoch ms. */
  now: number
}

/** `document` is undefined when there is nothing to convert; the diagnostics then have an error. */
export type Conversion = { document: Converted | undefined; diagnostics: Diagnostic[] }

/**
 * Makes a document of a setup_configuration file of Open Notificaties 1.8 to 1.16, or of the environment
 * variables of 1.6 and 1.7. Throws nothing for what may be wrong with the file. What comes out validates;
 * the diagnostics, in order of position, have code frames in which every secret is masked.
 */
export async function convertFile(source: Source, options: ConvertOptions): Promise<Conversion> {
  const findings = new Findings()
  const { facts, hidden } = isEnvironmentFile(source)
    ? { facts: readEnvironmentFile(source, findings), hidden: hiddenInEnvironmentFile(source) }
    : readYaml(source, findings, options)
  const { document, diagnostics } =
    facts === undefined
      ? { document: undefined, diagnostics: findings.diagnostics }
      : await convertFacts(facts, findings, { ...options, declares: () => true })
  return { document, diagnostics: withFrames(inOrder(diagnostics), [{ source, masked: hidden }]) }
}

/** The same for what was read from a database, with `imported` left out of the document: it goes in another way. */
export async function convertDatabase(
  facts: OpenNotificaties,
  options: ConvertOptions & { imported: ReadonlySet<OnAbonnement> },
): Promise<Conversion> {
  const findings = new Findings()
  for (const { notes, origin } of facts.abonnementen) {
    for (const text of notes) {
      findings.warn(undefined, { id: 'conflicting-filter', message: `${origin.shown}: ${text}` })
    }
  }
  return convertFacts(facts, findings, { ...options, declares: (abonnement) => !options.imported.has(abonnement) })
}

async function convertFacts(
  facts: OpenNotificaties,
  findings: Findings,
  options: ConvertOptions & { declares: (abonnement: OnAbonnement) => boolean },
): Promise<Conversion> {
  const { name, environment } = options
  const document = toDocument(facts, findings, options)
  if (hasErrors(findings.diagnostics)) return { document: undefined, diagnostics: findings.diagnostics }
  const errors = await leaveOutInvalid(document, name, { findings, environment })
  if (errors.length > 0) return { document: undefined, diagnostics: [...findings.diagnostics, ...errors] }
  return { document, diagnostics: findings.diagnostics }
}

function readYaml(
  source: Source,
  findings: Findings,
  { environment }: ConvertOptions,
): { facts: OpenNotificaties | undefined; hidden: Span[] } {
  const parsed = parseSource(source)
  const hidden = hiddenSpans(source, parsed)
  findings.diagnostics.push(...parsed.diagnostics.map(asFound))
  const [part, ...others] = parsed.parts
  if (part === undefined || hasErrors(findings.diagnostics)) return { facts: undefined, hidden }
  if (others.length > 0) {
    const position = positionOf({ source, start: others[0]!.root.start, end: others[0]!.root.start + 1 })
    findings.error(position, { id: 'several-documents', message: 'a setup_configuration file is one YAML document' })
    return { facts: undefined, hidden }
  }
  return { facts: readSetupConfiguration(lastOfEach(part.root), { findings, environment }), hidden }
}

/** To Open Notificaties a key that stands twice is no error: the last one counts. */
function asFound(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.id !== 'yaml/duplicate-key') return diagnostic
  const message = 'this key stands in the map twice; Open Notificaties silently used the last one'
  return { ...diagnostic, id: 'convert/duplicate-key', severity: 'warning', message }
}

function lastOfEach<T extends Tree>(node: T): T {
  if (node.kind === 'list') return { ...node, items: node.items.map(lastOfEach) }
  if (node.kind === 'scalar') return node
  const pairs = [...node.entries, ...(node.repeated ?? [])]
  const entries = pairs.map(([name, { key, value }]): [string, Entry] => [name, { key, value: lastOfEach(value) }])
  return { ...node, entries: new Map(entries) }
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(({ position: a }, { position: b }) => {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    return a.line - b.line || a.column - b.column
  })
}
