import type { Options } from '../command.ts'

/** For commands that can work on the database of a running server. */
export const SERVER_OPTIONS = {
  server: {
    type: 'string',
    value: 'URL',
    help: "the operators' API of a running server, which looks the secrets up itself (needs BODE_SERVER_TOKEN)",
  },
  'server-ca': { type: 'string', value: 'FILE', help: 'PEM of the authority that signed its certificate' },
} as const satisfies Options
