import { text } from 'node:stream/consumers'
import { Failure } from '../common/failure.ts'
import { readConfiguration, type Configuration } from '../config/read-configuration.ts'
import type { Invocation } from './command.ts'

/** Where the document is: `--file`, else bode.yaml. */
export function documentPaths({ flags }: Pick<Invocation, 'flags'>): readonly string[] {
  const paths = flags.texts('file')
  return paths.length > 0 ? paths : ['bode.yaml']
}

/** Reads the document that `--file` and `--env` name. What is wrong with it is in its diagnostics. */
export async function configurationOf(
  invocation: Pick<Invocation, 'flags' | 'environment' | 'io'>,
): Promise<Configuration> {
  const { flags, environment, io } = invocation
  const stdin = (): Promise<string> => text(io.stdin)
  return readConfiguration(documentPaths(invocation), { cwd: io.cwd, environment, stdin, env: flags.text('env') })
}

/** Runs `action`; the diagnostics of a Failure that it throws get the code frames of the document. */
export type Framed = <T>(action: () => Promise<T>) => Promise<T>

/** What `action` finds wrong later is shown as what reading the document found wrong. */
export function framedBy({ frame }: Pick<Configuration, 'frame'>): Framed {
  return async (action) => {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof Failure) || error.diagnostics.length === 0) throw error
      const { kind, message, diagnostics } = error
      throw new Failure(kind, message, { cause: error, diagnostics: frame(diagnostics) })
    }
  }
}
