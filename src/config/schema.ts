import type { Static } from 'typebox'
import { abonnementen } from './schema/abonnementen.ts'
import { autorisaties } from './schema/autorisaties.ts'
import { closed, label, words } from './schema/building-blocks.ts'
import { clientCredentials, externalCredentials } from './schema/credentials.ts'
import { kanalen } from './schema/kanalen.ts'
import { moved } from './schema/moved.ts'
import { overlayOf } from './schema/overlay.ts'
import { reconcileSettings, settingsSections } from './schema/settings.ts'
import { Type } from './schema/type.ts'

const sequence = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  examples: [20261123101500],
  ...words(
    'Sequence',
    'A number that rises with each version of the document, for example a date or the number of a pipeline. `serve --apply` refuses a document with a lower one than was applied last.',
  ),
})

const metadata = closed(
  {
    name: label(
      'Name',
      'Name of the configuration: the owner of every object declared in it. Files of one name are one document.',
    ),
    environment: Type.Optional(
      label(
        'Environment',
        '`dev` permits literal secrets, `production` requires a `publicUrl`; any other name is free.',
      ),
    ),
    sequence: Type.Optional(sequence),
  },
  words('Metadata', 'Whose configuration this is.'),
)

const sections = {
  autorisaties: Type.Optional(autorisaties),
  externalCredentials: Type.Optional(externalCredentials),
  clientCredentials: Type.Optional(clientCredentials),
  kanalen: Type.Optional(kanalen),
  abonnementen: Type.Optional(abonnementen),
  ...settingsSections,
  settings: Type.Optional(reconcileSettings),
  moved: Type.Optional(moved),
}

/**
 * The one source of the document's shape: the JSON Schema (draft 2020-12) that editors use, the
 * validator, the reference in schema/README.md and the type of a valid document all come from it.
 */
export const configurationSchema = closed(
  {
    apiVersion: Type.Literal('bode/v1', { ...words('API version', 'Version of this format.') }),
    kind: Type.Literal('Configuration', { ...words('Kind', 'What the document is.') }),
    metadata,
    ...sections,
  },
  words(
    'Bode configuration',
    'The whole configuration of a Bode: who is asked what clients may do, who may call, which kanalen and abonnementen there are, and the settings.',
  ),
)

/** A document that the schema accepts. */
export type ConfigurationDocument = Static<typeof configurationSchema>

/** What is different in one environment. */
export const overlaySchema = overlayOf(sections, sequence)

/** Either kind of document: what an editor holds a file against. */
export const documentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:bode:schema:configuration:v1',
  ...words('Bode configuration', 'A configuration of Bode, or an overlay on one.'),
  type: 'object',
  if: { type: 'object', properties: { kind: { const: 'Overlay' } }, required: ['kind'] },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
  then: overlaySchema,
  else: configurationSchema,
}

/** The text of schema/bode.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(documentSchema, null, 2)}\n`
}
