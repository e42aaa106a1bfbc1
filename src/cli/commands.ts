import type { Command } from './command.ts'

/**
 * Every command, in the order of `bode --help`. Loaded when called, so that `bode validate` never
 * loads the database and `bode version` loads nothing.
 */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand,
  validate: async () => (await import('./commands/validate.ts')).validateCommand,
  fmt: async () => (await import('./commands/fmt.ts')).fmtCommand,
  render: async () => (await import('./commands/render.ts')).renderCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  apply: async () => (await import('./commands/apply.ts')).applyCommand,
  drift: async () => (await import('./commands/drift.ts')).driftCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  history: async () => (await import('./commands/history.ts')).historyCommand,
  show: async () => (await import('./commands/show.ts')).showCommand,
  rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  adopt: async () => (await import('./commands/adopt.ts')).adoptCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  convert: async () => (await import('./commands/convert.ts')).convertCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  route: async () => (await import('./commands/route.ts')).routeCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  'deliveries status': async () => (await import('./commands/deliveries-status.ts')).deliveriesStatusCommand,
  'deliveries list': async () => (await import('./commands/deliveries-list.ts')).deliveriesListCommand,
  'deliveries show': async () => (await import('./commands/deliveries-show.ts')).deliveriesShowCommand,
  'deliveries replay': async () => (await import('./commands/deliveries-replay.ts')).deliveriesReplayCommand,
  'deliveries replays': async () => (await import('./commands/deliveries-replays.ts')).deliveriesReplaysCommand,
  'deliveries cancel': async () => (await import('./commands/deliveries-cancel.ts')).deliveriesCancelCommand,
  'deliveries pause': async () => (await import('./commands/deliveries-pause.ts')).deliveriesPauseCommand,
  'deliveries resume': async () => (await import('./commands/deliveries-resume.ts')).deliveriesResumeCommand,
  'audit list': async () => (await import('./commands/audit-list.ts')).auditListCommand,
  'db migrate': async () => (await import('./commands/db-migrate.ts')).dbMigrateCommand,
  'db status': async () => (await import('./commands/db-status.ts')).dbStatusCommand,
  'secrets key': async () => (await import('./commands/secrets-key.ts')).secretsKeyCommand,
  'secrets check': async () => (await import('./commands/secrets-check.ts')).secretsCheckCommand,
  'secrets list': async () => (await import('./commands/secrets-list.ts')).secretsListCommand,
  'secrets rekey': async () => (await import('./commands/secrets-rekey.ts')).secretsRekeyCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand(Object.values(COMMANDS)),
  version: async () => (await import('./commands/version.ts')).versionCommand,
}

/** Other names that people try. */
export const ALIASES: Readonly<Record<string, string>> = { diff: 'plan' }
