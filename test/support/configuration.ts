import type { Test } from 'tap'
import type { Environment } from '../../src/common/environment.ts'
import type { DesiredState } from '../../src/config/desired-state.ts'
import { readConfiguration, type Configuration } from '../../src/config/read-configuration.ts'

export const HEADER = 'apiVersion: bode/v1\nkind: Configuration\nmetadata: { name: test }\n'

/** An overlay for `environment`; `patch` is YAML, and absent when empty. */
export function overlay(environment: string, patch: string, base = 'bode.yaml'): string {
  const body = patch === '' ? '' : `patch:\n  ${patch.trim().replaceAll('\n', '\n  ')}\n`
  return `apiVersion: bode/v1\nkind: Overlay\nmetadata: { environment: ${environment} }\nextends: ${base}\n${body}`
}

/** Reads `files` (name -> text) from a directory of the test's own. */
export async function readFiles(
  t: Test,
  files: Record<string, string | Buffer>,
  environment: Environment = {},
): Promise<Configuration> {
  return readConfiguration(['.'], { cwd: t.testdir(files), environment })
}

/** Reads one text from standard input. */
export async function readText(text: string, environment: Environment = {}): Promise<Configuration> {
  return readConfiguration(['-'], { cwd: '/', environment, stdin: async () => text })
}

/** The desired state of a text that has to be valid; HEADER is put before it. */
export async function stateOf(text: string, environment: Environment = {}): Promise<DesiredState> {
  const { states, diagnostics } = await readText(HEADER + text, environment)
  const [state] = states
  if (state === undefined) throw new Error(`not valid: ${JSON.stringify(diagnostics.map(({ message }) => message))}`)
  return state
}

/** `id line:column` of each diagnostic. */
export function outline({ diagnostics }: Configuration): string[] {
  return diagnostics.map(({ id, position }) => (position ? `${id} ${position.line}:${position.column}` : id))
}

/** A state without what depends on where and how it is written. */
export function essence(state: DesiredState): unknown {
  const withoutPlaces = (_key: string, value: unknown): unknown =>
    value instanceof Set ? [...(value as Set<unknown>)] : isPlaced(value) ? { ...value, position: 0, fields: 0 } : value
  return JSON.parse(JSON.stringify(state, withoutPlaces))
}

function isPlaced(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'position' in value
}
