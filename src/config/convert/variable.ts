import type { Environment } from '../../common/environment.ts'
import type { Given } from '../../common/open-notificaties.ts'
import type { MapNode, Tree } from '../tree.ts'

/** `value_from: { env: NAME, default: … }` of setup_configuration. */
export type ValueFrom = { env: string; fallback: string | undefined; optional: boolean }

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Reads a value that is taken from the environment; undefined when `node` is something else. */
export function valueFrom(node: Tree): ValueFrom | undefined {
  const inner = node.kind === 'map' && node.entries.size === 1 ? node.entries.get('value_from')?.value : undefined
  if (inner?.kind !== 'map') return undefined
  const env = textAt(inner, 'env')
  if (env === undefined || !NAME.test(env)) return undefined
  const required = inner.entries.get('required')?.value
  return {
    env,
    fallback: textAt(inner, 'default'),
    optional: required?.kind === 'scalar' && required.value === false,
  }
}

/** The same variable in the spelling of a Bode document. */
export function asVariable({ env, fallback }: ValueFrom): Given {
  const usable = fallback !== undefined && !/\$\{|\}/.test(fallback)
  return { variable: usable ? `\${${env}:-${fallback}}` : `\${${env}}` }
}

/** The value at this moment, for what cannot be a variable in a document: a key. */
export function presentValue({ env, fallback }: ValueFrom, environment: Environment): string | undefined {
  return environment[env] || fallback
}

function textAt(node: MapNode, key: string): string | undefined {
  const value = node.entries.get(key)?.value
  if (value?.kind !== 'scalar' || value.value === null) return undefined
  // A number or boolean as it is written: 0012 stays 0012.
  return typeof value.value === 'string' ? value.value : value.source.text.slice(value.start, value.end)
}

/** The text itself, unless it is a variable. */
export function plainText(given: Given): string | undefined {
  return typeof given === 'string' ? given : undefined
}
