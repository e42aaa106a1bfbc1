import { closest } from '../../common/closest.ts'
import type { Position } from '../../common/diagnostics.ts'
import type { Environment } from '../../common/environment.ts'
import type { Given, GivenSecret } from '../../common/open-notificaties.ts'
import { Secret } from '../../common/secret.ts'
import { mayBeSecretItself } from '../masks.ts'
import { quoted } from '../quoted.ts'
import { positionOf, type Span } from '../source.ts'
import type { MapNode, Tree } from '../tree.ts'
import type { Findings } from './findings.ts'
import { asVariable, presentValue, valueFrom, type ValueFrom } from './variable.ts'

export type SectionContext = { findings: Findings; environment: Environment }

type NumberOrVariable = number | { readonly variable: string }

/**
 * One map of a setup_configuration file, read key by key: each reader reports what Open Notificaties
 * would have refused, and goes on. `finish` reports the keys that nobody asked for.
 */
export class Section {
  readonly node: MapNode
  /** How messages call it; whoever has read its name says so. */
  shown: string
  readonly #context: SectionContext
  readonly #asked = new Set<string>()
  readonly #leftOut = new Set<Tree>()

  constructor(node: MapNode, shown: string, context: SectionContext) {
    this.node = node
    this.shown = shown
    this.#context = context
  }

  /** Where the value of `key` stands; without it where the map begins. */
  at(key: string): Position {
    const entry = this.node.entries.get(key)
    return entry === undefined ? this.position() : positionOf(startOf(entry.value))
  }

  position(): Position {
    return positionOf(startOf(this.node))
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined
  }

  text(key: string, otherwise = ''): Given {
    return this.given(key) ?? otherwise
  }

  /** Undefined when the key is missing, empty or no text. */
  given(key: string): Given | undefined {
    const value = this.#value(key)
    return value === undefined ? undefined : this.#givenOf(value, key)
  }

  required(key: string): Given | undefined {
    if (this.#value(key) === undefined) {
      this.#context.findings.error(this.position(), { id: 'missing', message: `${this.shown} lacks ${key}` })
      return undefined
    }
    return this.given(key)
  }

  /** A natural key: a document has no variables in keys, so its value must be known now. */
  name(key: string): string | undefined {
    const given = this.required(key)
    if (given === undefined || typeof given === 'string') return given === '' ? this.#empty(key) : given
    const from = valueFrom(this.#value(key)!)!
    const value = presentValue(from, this.#context.environment)
    if (value === undefined) this.#unsetName(key, from)
    return value
  }

  secret(key: string): GivenSecret | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    const from = valueFrom(value)
    if (from !== undefined) {
      return { env: from.env, ...(from.fallback === undefined ? {} : { value: new Secret(from.fallback) }) }
    }
    if (value.kind !== 'scalar') return this.#wrong(key, 'text')
    const text = typeof value.value === 'string' ? value.value : writtenOf(value)
    if (text === '') return undefined
    this.#context.findings.warn(positionOf(value), {
      id: 'literal-secret',
      message: `${this.shown}: ${key} stands in this file; the document refers to a variable instead`,
      help: ['a secret that was ever in version control is better replaced'],
    })
    return { value: new Secret(text) }
  }

  flag(key: string, otherwise: boolean): boolean | { readonly variable: string } {
    const value = this.#value(key)
    if (value === undefined) return otherwise
    const from = valueFrom(value)
    if (from !== undefined) return asVariable(from) as { variable: string }
    return asFlag(value) ?? this.#wrong(key, 'true or false') ?? otherwise
  }

  number(key: string): NumberOrVariable | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    const from = valueFrom(value)
    if (from !== undefined) return asVariable(from) as { variable: string }
    const number = value.kind === 'scalar' && value.value !== '' ? Number(value.value) : Number.NaN
    return Number.isInteger(number) && number >= 0 ? number : this.#wrong(key, 'a whole number')
  }

  texts(key: string): Given[] {
    return this.list(key).flatMap((item) => this.#givenOf(item, key) ?? [])
  }

  /** A map of texts, in the order of the file. */
  textMap(key: string): Record<string, Given> {
    const value = this.#value(key)
    if (value === undefined) return {}
    if (value.kind !== 'map') return this.#wrong(key, 'a map') ?? {}
    const pairs = [...value.entries].flatMap(([name, entry]): [string, Given][] => {
      const given = this.#givenOf(entry.value, `${key}.${name}`, true)
      return given === undefined ? [] : [[name, given]]
    })
    return Object.fromEntries(pairs)
  }

  list(key: string): readonly Tree[] {
    const value = this.#value(key)
    if (value === undefined) return []
    return value.kind === 'list' ? value.items : (this.#wrong(key, 'a list') ?? [])
  }

  /** The maps in a list; anything else in it is reported. */
  sections(key: string, shown: string): Section[] {
    return this.list(key).flatMap((item, index) => {
      if (item.kind === 'map') return [new Section(item, `${shown} ${index + 1}`, this.#context)]
      this.#context.findings.error(positionOf(startOf(item)), {
        id: 'wrong-type',
        message: `${shown} ${index + 1} is not a map`,
      })
      return []
    })
  }

  /** Keys that may stand here and mean nothing to Bode. */
  ignore(...keys: string[]): void {
    for (const key of keys) this.#asked.add(key)
  }

  /** Reports every key that nobody asked for. */
  finish(): void {
    for (const [name, { key, value }] of this.node.entries) {
      if (this.#asked.has(name)) continue
      const near = closest(name, [...this.#asked])
      // A key without a value may be a secret that lost its key.
      const shown = mayBeSecretItself(name, value) ? 'a key' : quoted(name)
      this.#context.findings.warn(positionOf(key), {
        id: 'unknown-key',
        message: `${this.shown} has ${shown} that no version of Open Notificaties knows; it is left out`,
        ...(near === undefined ? {} : { label: `did you mean "${near}"?` }),
      })
    }
  }

  #value(key: string): Tree | undefined {
    this.#asked.add(key)
    const value = this.node.entries.get(key)?.value
    if (value === undefined || (value.kind === 'scalar' && value.value === null)) return undefined
    return this.#isLeftOut(value) ? undefined : value
  }

  /** `required: false`: without the variable Open Notificaties did as if the key was not there. */
  #isLeftOut(value: Tree): boolean {
    const from = valueFrom(value)
    if (from?.optional !== true || presentValue(from, this.#context.environment) !== undefined) return false
    // Asked for more than once, said once.
    if (this.#leftOut.has(value)) return true
    this.#leftOut.add(value)
    this.#context.findings.warn(positionOf(startOf(value)), {
      id: 'optional-variable',
      message: `${this.shown}: the optional environment variable ${from.env} is not set here, so its value is left out`,
      help: ['was it set for Open Notificaties, then set it and convert again'],
    })
    return true
  }

  #givenOf(value: Tree, key: string, lenient = false): Given | undefined {
    if (this.#isLeftOut(value)) return undefined
    const from = valueFrom(value)
    if (from !== undefined) return asVariable(from)
    if (value.kind !== 'scalar') return this.#wrong(key, 'text', value)
    if (typeof value.value === 'string') return value.value
    if (!lenient || value.value === null) return this.#wrong(key, 'text (put quotes round it)', value)
    this.#context.findings.warn(positionOf(value), {
      id: 'not-text',
      message: `${this.shown}: the value of ${quoted(key)} is not text`,
      help: ['it is converted as it is written; put quotes round it'],
    })
    return writtenOf(value)
  }

  #wrong(key: string, expected: string, value: Tree = this.node.entries.get(key)!.value): undefined {
    this.#context.findings.error(positionOf(startOf(value)), {
      id: 'wrong-type',
      message: `${this.shown}: ${quoted(key)} has to be ${expected}`,
    })
  }

  #empty(key: string): undefined {
    this.#context.findings.error(this.at(key), { id: 'missing', message: `${this.shown}: ${key} is empty` })
  }

  #unsetName(key: string, { env }: ValueFrom): void {
    this.#context.findings.error(this.at(key), {
      id: 'unset-name',
      message: `${this.shown}: ${key} comes from the environment variable ${env}, which is not set here`,
      help: ['it becomes a key of the document, where no variable can stand: set the variable and convert again'],
    })
  }
}

/** YAML's and Open Notificaties' spellings of yes and no. */
export function asFlag(value: Tree): boolean | undefined {
  if (value.kind !== 'scalar') return undefined
  const text = String(value.value).toLowerCase()
  if (['true', 'yes', 'y', 'on', 't', '1'].includes(text)) return true
  return ['false', 'no', 'n', 'off', 'f', '0'].includes(text) ? false : undefined
}

function writtenOf(value: Span): string {
  return value.source.text.slice(value.start, value.end)
}

/** A caret under all of a map says nothing. */
function startOf(node: Tree): Span {
  if (node.kind === 'scalar') return node
  const first = node.kind === 'map' ? node.entries.values().next().value?.key : node.items[0]
  return first ?? { source: node.source, start: node.start, end: node.start + 1 }
}
