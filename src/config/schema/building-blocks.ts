// What the schemas of all kinds are made of. A schema is a TypeBox type, so one source gives the JSON
// Schema for editors, the validator and the TypeScript type of a valid document.
//
// Patterns let a text that begins with `${` pass: an editor sees the variable, not its value. The
// formats (formats.ts) are checked by Bode alone, after variables were filled in.
import type { Static, TProperties, TSchema, TSchemaOptions } from 'typebox'
import { Type } from './type.ts'
import { formatDuration } from '../../common/duration.ts'

type Words = { title: string; description: string }

/** Title and description for a schema; the description is Markdown, for editors that show it as such. */
export function words(title: string, description: string): Words & { markdownDescription: string } {
  return { title, description: description.replaceAll('`', ''), markdownDescription: description }
}

/** An object with these keys and no other, except extension data under `x-`. */
export function closed<P extends TProperties>(properties: P, options: TSchemaOptions) {
  return Type.Object(properties, { additionalProperties: false, patternProperties: { '^x-': {} }, ...options })
}

/** A map from names to objects. Every key is a name, so there is no extension data. */
export function mapOf<V extends TSchema>(names: TSchema, values: V, options: TSchemaOptions) {
  return Type.Unsafe<Record<string, Static<V>>>({
    type: 'object',
    propertyNames: names,
    additionalProperties: values,
    ...options,
  })
}

/** A DNS label: no colon, so that it cannot be mistaken for the owner `client:<id>` of what the API made. */
export function label(title: string, description: string) {
  return Type.String({
    pattern: '^([a-z0-9]([a-z0-9-]*[a-z0-9])?|.*\\$\\{.*)$',
    maxLength: 63,
    format: 'dns-label',
    ...words(title, description),
  })
}

/** The mark that keeps an object: an apply refuses to delete it while it is there. */
export const protectedMark = Type.Optional(
  Type.Boolean({
    default: false,
    ...words(
      'Protected',
      'An apply refuses to delete this; the mark has to be taken away, and applied, before the object is.',
    ),
  }),
)

/** A name of the author's own, for example of an abonnement. */
export function name(options: TSchemaOptions = {}) {
  return Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    patternErrorMessage: 'letters, digits and . _ -, beginning with a letter or digit',
    maxLength: 100,
    ...options,
  })
}

/** Text of one line, without spaces at its ends. */
export function line(maxLength: number, options: TSchemaOptions = {}) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: '^\\S(.*\\S)?$',
    patternErrorMessage: 'text on one line, without spaces at its ends',
    ...options,
  })
}

/** An http or https URL; single-label hosts (`http://openzaak:8000`) are fine, credentials in it are not. */
export function httpUrl(options: TSchemaOptions) {
  return Type.String({ pattern: '^(https?://[^/?#\\s]|\\$\\{)', format: 'http-url', maxLength: 1000, ...options })
}

/** A duration with its limits and default in milliseconds. */
export function duration(limits: { min: number; max: number; default?: number }, options: TSchemaOptions) {
  return Type.String({
    pattern: '^([0-9]+(ms|s|m|h|d)|.*\\$\\{.*)$',
    format: 'bode-duration',
    formatMinimum: formatDuration(limits.min),
    formatMaximum: formatDuration(limits.max),
    examples: ['250ms', '10s', '5m', '1h', '30d'],
    ...(limits.default === undefined ? {} : { default: formatDuration(limits.default) }),
    ...options,
  })
}
