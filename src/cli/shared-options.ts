import type { Options } from './command.ts'

/** Flags that every command takes. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: 'what goes to stdout: text, json, markdown, github, gitlab or sarif (default: text)',
  },
  report: {
    type: 'string',
    multiple: true,
    value: 'FILE=FORMAT',
    help: 'write the outcome to a file too, in a format of its own; repeatable',
  },
  color: { type: 'string', value: 'WHEN', help: 'auto, always or never (default: auto; NO_COLOR is honoured)' },
  quiet: { type: 'boolean', short: 'q', help: 'only errors and results: no warnings, no progress' },
  verbose: { type: 'boolean', short: 'v', help: 'say on stderr what is done and when' },
  'no-input': { type: 'boolean', help: 'never ask: exit 6 where an answer would be needed' },
  timeout: {
    type: 'string',
    value: 'DURATION',
    help: 'stop after this time with nothing changed, exit 143 (default: no limit)',
  },
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
  env: {
    type: 'string',
    value: 'NAME',
    help: 'the environment: apply the overlays that are for it',
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
