import type { TSchemaOptions } from 'typebox'
import { Type } from './type.ts'
import type { SecretReference } from '../../secrets/references.ts'
import { words } from './building-blocks.ts'

const SOURCES = {
  env: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      patternErrorMessage: 'the name of an environment variable: letters, digits and _',
      maxLength: 255,
      ...words(
        'Environment variable',
        'Name of the environment variable that holds the secret. When only `NAME_FILE` is set, the file that it names is read.',
      ),
    }),
  ),
  file: Type.Optional(
    Type.String({
      minLength: 1,
      ...words('File', 'File that holds the secret. One newline at its end is not part of the secret.'),
    }),
  ),
  sops: Type.Optional(
    Type.String({
      pattern: '^[^#]+#/',
      patternErrorMessage: 'a file and where in it, for example secrets.enc.yaml#/open-zaak/secret',
      maxLength: 1000,
      examples: ['secrets.enc.yaml#/open-zaak/secret'],
      ...words(
        'SOPS',
        'File that `sops` encrypted (YAML or JSON), `#` and the JSON pointer of the value in it. Decrypted with the age key of `SOPS_AGE_KEY` or `SOPS_AGE_KEY_FILE`; any other kind of key needs the `sops` program.',
      ),
    }),
  ),
  insecureLiteral: Type.Optional(
    Type.String({
      minLength: 1,
      ...words('Literal (development only)', 'The secret itself. Only with `metadata.environment: dev`.'),
    }),
  ),
}

/** The only keys under a secret whose values may be shown. */
export const SHOWN_SECRET_KEYS: readonly string[] = ['env', 'file', 'sops', 'expiresAt']

/** What an editor writes on an empty line: there it offers no keys of an object that may have only one. */
const SNIPPETS = [
  { label: 'env', description: 'In an environment variable', body: { env: '${1:NAME}' } },
  { label: 'file', description: 'In a file', body: { file: '${1:/run/secrets/name}' } },
  { label: 'sops', description: 'In a file that sops encrypted', body: { sops: '${1:secrets.enc.yaml#/name}' } },
]

/**
 * A secret: always a reference to where its value is, never the value. One key, asked for with
 * minProperties and maxProperties, because oneOf would give four errors for one mistake.
 */
export function secretReference(title: string, description: string, options: TSchemaOptions = {}) {
  return Type.Unsafe<SecretReference>({
    type: 'object',
    ...words(
      title,
      `${description} A reference: \`{ env: NAME }\`, \`{ file: PATH }\` or \`{ sops: FILE#/POINTER }\`.`,
    ),
    examples: [{ env: 'OPEN_ZAAK_SECRET' }, { file: '/run/secrets/open-zaak' }],
    'x-secret': true,
    defaultSnippets: SNIPPETS,
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: SOURCES,
    ...options,
  })
}

/** Certificates or a key in PEM: a reference, so that what is renewed where it stands is read again. */
export function pemReference(title: string, description: string) {
  return secretReference(title, `${description} PEM.`, { examples: [{ file: '/etc/bode/tls/tls.crt' }] })
}

/** A secret that is being replaced; it has an end, so that old secrets die. */
function replacedSecret(description: string, untilDescription: string) {
  return Type.Unsafe<SecretReference & { expiresAt: string }>({
    type: 'object',
    ...words(
      'Previous secret',
      `${description} A reference and a date: \`{ env: NAME, expiresAt: 2026-12-01T00:00:00Z }\`.`,
    ),
    examples: [{ env: 'OPEN_ZAAK_SECRET_OLD', expiresAt: '2026-12-01T00:00:00Z' }],
    'x-secret': true,
    minProperties: 2,
    maxProperties: 2,
    required: ['expiresAt'],
    additionalProperties: false,
    properties: {
      ...SOURCES,
      expiresAt: Type.String({ format: 'date-time', ...words('Valid until', untilDescription) }),
    },
  })
}

/** Of a client. */
export const previousSecret = replacedSecret(
  'Also accepted until `expiresAt`, so that a client can change over at its own moment.',
  'From this moment the previous secret is refused; no apply is needed.',
)

/** Of a signature. */
export const previousSigningSecret = replacedSecret(
  'Also signed with until `expiresAt`, so that the subscriber can change over at its own moment.',
  'From this moment nothing is signed with the previous secret; no apply is needed.',
)
