import { text } from 'node:stream/consumers'
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
