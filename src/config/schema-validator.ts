import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { FORMATS } from './schema/formats.ts'

const compiled = new WeakMap<object, ValidateFunction>()

/**
 * The validator of a schema, compiled at its first use. In the built program `bundle.ts` puts in the place
 * of this file what it compiled before: loading Ajv and compiling takes 170 ms, three times the start of Node.
 */
export function validatorOf(schema: object): ValidateFunction {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const validate = schemaCompiler().compile(schema)
  compiled.set(schema, validate)
  return validate
}

/** An Ajv that knows our formats and annotations. */
export function schemaCompiler(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ ...options, allErrors: true, strict: true, discriminator: true })
  addFormats.default(ajv, { formats: ['uuid', 'date-time'], keywords: true })
  for (const [name, { expected: _, ...format }] of Object.entries(FORMATS)) ajv.addFormat(name, format)
  ajv.addVocabulary([
    'markdownDescription',
    'patternErrorMessage',
    'defaultSnippets',
    'x-secret',
    'x-since',
    'x-replacedBy',
  ])
  return ajv
}
