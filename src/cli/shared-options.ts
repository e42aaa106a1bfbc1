import type { Options } from './command.ts'

/** Flags that every command takes. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  format: { type: 'string', value: 'text|json', help: 'what goes to stdout (default: text)' },
  color: { type: 'string', value: 'auto|always|never', help: 'colours (default: auto; NO_COLOR is honoured)' },
} as const satisfies Options

/** The document: for validate, plan and apply. */
export const FILE_OPTIONS = {
  file: {
    type: 'string',
    short: 'f',
    multiple: true,
    value: 'PATH',
    help: 'a file, a directory (all *.yaml and *.yml in it) or - for stdin; repeatable (default: bode.yaml)',
  },
} as const satisfies Options

/** The database: for every command that needs one. */
export const DATABASE_OPTIONS = {
  'database-url': {
    type: 'string',
    value: 'URL',
    help: 'file:PATH or postgresql://...; else DATABASE_URL or DATABASE_URL_FILE (default: file:./bode.db)',
  },
} as const satisfies Options
