import { hasErrors } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import type { Configuration } from '../config/read-configuration.ts'
import type { Invocation } from './command.ts'
import { configurationOf } from './document.ts'

/**
 * Reads the document that the flags name, for a command that looks and changes nothing. Resolves no
 * secret. Throws Failure `invalid` with every error; the diagnostics of what it returns are warnings.
 */
export async function readDocument(invocation: Invocation): Promise<Configuration> {
  const configuration = await configurationOf(invocation)
  if (!hasErrors(configuration.diagnostics)) return configuration
  throw new Failure('invalid', 'the configuration has errors', { diagnostics: configuration.diagnostics })
}
