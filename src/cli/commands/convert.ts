import { join } from 'node:path'
import { Failure } from '../../common/failure.ts'
import { FORMATS } from '../../config/schema/formats.ts'
import { neededSecrets } from '../../config/convert/converted.ts'
import { writeDocument } from '../../config/convert/write-document.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { runImport } from '../convert/import.ts'
import { readSecretsOut, referencesTo, writeNewFile, writeSecrets } from '../convert/secrets-out.ts'
import { convertNamedDatabase, convertNamedFile, SOURCES } from '../convert/sources.ts'
import { EXIT } from '../exit-codes.ts'
import { choiceFlag } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'
import { importLines, renderConversion } from '../views/convert.ts'

const FILE = 'bode.yaml'

export const convertCommand: Command = {
  name: 'convert',
  summary: 'Make a configuration of what an Open Notificaties has: its setup_configuration file or its database',
  usage: '--from open-notificaties FILE | --from open-notificaties-database [options]',
  examples: [
    'bode convert --from open-notificaties data.yaml > bode.yaml',
    'bode convert --from open-notificaties data.yaml --out . --secrets-out files:secrets',
    'OPEN_NOTIFICATIES_DATABASE_URL=postgresql://... bode convert --from open-notificaties-database --out . --import',
  ],
  options: {
    from: { type: 'string', value: 'SOURCE', help: 'open-notificaties (a file) or open-notificaties-database' },
    'source-url': {
      type: 'string',
      value: 'URL',
      help: 'PostgreSQL of Open Notificaties, only read; better OPEN_NOTIFICATIES_DATABASE_URL(_FILE)',
    },
    out: {
      type: 'string',
      value: 'DIR|-',
      help: `write ${FILE} there, never over an existing one (default: - for stdout)`,
    },
    name: { type: 'string', value: 'NAME', help: 'metadata.name of the configuration (default: notificaties)' },
    'secrets-out': {
      type: 'string',
      value: 'env|files:DIR|kubernetes:FILE',
      help: 'where the values of secrets go, with mode 0600 (default: env, nowhere: you provide the variables)',
    },
    import: { type: 'boolean', help: 'write what API clients made into the database of Bode, as theirs' },
    abonnementen: {
      type: 'string',
      value: 'api|declared',
      help: 'those that clients made: imported as theirs, or in the document (default: api with --import)',
    },
    kanalen: { type: 'string', value: 'api|declared', help: 'the same for kanalen (default: declared)' },
    'accept-newer-schema': { type: 'boolean', help: 'read a newer Open Notificaties than this program knows' },
    ...DATABASE_OPTIONS,
  },
  run: convert,
}

async function convert(invocation: Invocation): Promise<Outcome> {
  const { flags, io } = invocation
  const from = choiceFlag(flags, 'from', SOURCES)
  if (from === undefined) throw new Failure('usage', `say what to convert: --from ${SOURCES.join(' or --from ')}`)
  const name = nameFlag(flags.text('name') ?? 'notificaties')
  const secretsOut = readSecretsOut(flags.text('secrets-out'))
  const wanted = importFlags(invocation, from === 'open-notificaties-database')
  const { conversion, imports } =
    from === 'open-notificaties'
      ? await convertNamedFile(invocation, name)
      : await convertNamedDatabase(invocation, name, wanted)
  const { document, diagnostics } = conversion
  if (document === undefined) return { exit: EXIT.invalid, text: () => '', json: { converted: false }, diagnostics }
  const secrets = neededSecrets(document.objects)
  const yaml = writeDocument(document, name, referencesTo(secretsOut))
  // Before any file: a conflict leaves everything as it was, and an import may be done again.
  const imported = imports && (await runImport(invocation, imports))
  const secretFiles = await writeSecrets(secretsOut, secrets, { cwd: io.cwd, name })
  const out = flags.text('out') ?? '-'
  const file = out === '-' ? null : join(out, FILE)
  const text =
    imported === undefined
      ? yaml
      : `${importLines(imported)
          .map((line) => `# ${line}\n`)
          .join('')}${yaml}`
  if (file !== null) await writeNewFile(io.cwd, file, text, 0o644)
  const list = secrets.map(({ name, usedBy, value }) => ({ name, usedBy, known: value !== undefined }))
  const report = { converted: true, file, secrets: list, secretFiles, imported: imported ?? null }
  return {
    exit: EXIT.ok,
    text: (style) => (file === null ? text : renderConversion({ ...report, file }, style)),
    json: { ...report, ...(file === null ? { yaml: text } : {}) },
    diagnostics,
  }
}

function nameFlag(name: string): string {
  const format = FORMATS['dns-label']
  if (!format.validate(name) || name.length > 63)
    throw new Failure('usage', `--name is ${format.expected}, not "${name}"`)
  return name
}

function importFlags({ flags }: Invocation, isDatabase: boolean): { abonnementen: boolean; kanalen: boolean } {
  const words = ['api', 'declared'] as const
  const abonnementen = choiceFlag(flags, 'abonnementen', words)
  const kanalen = choiceFlag(flags, 'kanalen', words)
  const asked = flags.on('import')
  if (!isDatabase && (asked || abonnementen === 'api' || kanalen === 'api')) {
    throw new Failure('usage', 'only a database can be imported: --from open-notificaties-database')
  }
  if (!asked && (abonnementen === 'api' || kanalen === 'api')) {
    throw new Failure('usage', 'what stays with the API clients has to be imported: add --import')
  }
  return { abonnementen: asked && abonnementen !== 'declared', kanalen: asked && kanalen === 'api' }
}
