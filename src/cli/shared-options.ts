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

/** Comparing with the database: for plan, apply, rollback and serve --apply. */
export const DRIFT_OPTIONS = {
  'on-drift': {
    type: 'string',
    value: 'overwrite|fail',
    help: 'overwrite: also what a client changed and may (clientMay); fail: exit 5 for any other change from outside',
  },
} as const satisfies Options

/** A database that may still be on its way. */
export const WAITING_OPTIONS = {
  'wait-for-db': { type: 'string', value: 'DURATION', help: 'wait for the database to be there and migrated' },
} as const satisfies Options

/** A commit: for every command that waits for the lock of an apply and leaves a generation. */
export const COMMIT_OPTIONS = {
  'lock-timeout': { type: 'string', value: 'DURATION', help: 'wait for another apply to end (default: 30s)' },
  note: { type: 'string', value: 'TEXT', help: 'why, for the history' },
} as const satisfies Options

/** A plan that is carried out: for apply and rollback. */
export const CARRY_OUT_OPTIONS = {
  ...COMMIT_OPTIONS,
  'auto-approve': { type: 'boolean', help: 'do not ask' },
  'dry-run': { type: 'boolean', help: 'do everything inside the transaction, then roll back' },
  'wait-for-servers': {
    type: 'string',
    value: 'DURATION',
    help: 'wait until every running server uses the result (default: 30s; 0s: do not wait)',
  },
} as const satisfies Options
