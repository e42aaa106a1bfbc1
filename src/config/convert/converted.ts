import type { Given, GivenSecret, Origin } from '../../common/open-notificaties.ts'
import type { Secret } from '../../common/secret.ts'
import type { Kind } from '../desired-state.ts'

/** A document in the making: its objects as the document spells them, with what is to be said beside them. */
export type Converted = { objects: ConvertedObject[]; header: string[] }

export type ConvertedObject = {
  kind: Kind
  key: string
  value: { [key: string]: Value }
  /** For whoever reads the document; about what a person has to decide. */
  comments: string[]
  origin: Origin
}

/** A text is written so that nothing is filled in; a VariableText so that it is. */
export type Value = string | number | boolean | SecretMark | VariableText | Value[] | { [key: string]: Value }

/** A text with a variable in it, in the spelling of a document: `${NAME:-default}`. */
export class VariableText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Stands where a secret stands, until it is known how secrets are handed over. */
export class SecretMark {
  /** The environment variable, which is also the name of a file and of a key in a manifest. */
  readonly name: string
  /** Undefined: the source does not have it, a person does. */
  readonly value: Secret | undefined

  constructor(name: string, value: Secret | undefined) {
    this.name = name
    this.value = value
  }
}

/** A secret that the document needs, and for what. */
export type NeededSecret = { name: string; value: Secret | undefined; usedBy: string[] }

/** Every secret of the document, in the order in which it uses them. */
export function neededSecrets(objects: readonly ConvertedObject[]): NeededSecret[] {
  const needed = new Map<string, NeededSecret>()
  for (const { kind, key, value } of objects) collect(value, `${kind}.${key}`, needed)
  return [...needed.values()]
}

function collect(value: Value, path: string, needed: Map<string, NeededSecret>): void {
  if (value instanceof SecretMark) {
    const known = needed.get(value.name)
    if (known === undefined) needed.set(value.name, { name: value.name, value: value.value, usedBy: [path] })
    else known.usedBy.push(path)
  } else if (typeof value === 'object' && !(value instanceof VariableText)) {
    for (const [key, member] of Object.entries(value)) collect(member, `${path}.${key}`, needed)
  }
}

/** A given text as a value: a variable stays one. */
export function valueOf(given: Given): Value {
  return typeof given === 'string' ? given : new VariableText(given.variable)
}

/** True for a text that is known and empty. */
export function isEmpty(given: Given): boolean {
  return given === ''
}

/** True when nobody knows the secret: neither a value nor where it is. */
export function isUnknown(secret: GivenSecret | undefined): secret is undefined {
  return secret === undefined || (secret.env === undefined && secret.value === undefined)
}
