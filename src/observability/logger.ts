import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'

export type Logger = PinoLogger

/**
 * The log: one JSON object per line. Secrets never get here as strings (see common/secret.ts); the
 * redaction of these names is a second net for what third-party errors may carry along. kenmerken and
 * URLs of a message are personal data: they are logged at debug level only, the id finds them.
 */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          'authorization',
          'auth',
          'secret',
          'token',
          'headers',
          '*.authorization',
          '*.auth',
          '*.secret',
          '*.token',
          '*.headers',
        ],
        censor: '********',
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  )
}
