import { closest } from '../../common/closest.ts'
import type { Environment } from '../../common/environment.ts'
import { emptyOpenNotificaties, type OpenNotificaties } from '../../common/open-notificaties.ts'
import { mayBeSecretItself } from '../masks.ts'
import { quoted } from '../quoted.ts'
import { positionOf } from '../source.ts'
import type { MapNode } from '../tree.ts'
import type { Findings } from './findings.ts'
import { asFlag, Section } from './section.ts'
import { STEPS } from './steps.ts'
import type { Step } from './steps/step.ts'
import { presentValue, valueFrom } from './variable.ts'

/**
 * What a `setup_configuration` file of Open Notificaties 1.8 to 1.16 made of an empty database. A step
 * that is not enabled did nothing there and is left out, with a warning.
 */
export function readSetupConfiguration(
  root: MapNode,
  context: { findings: Findings; environment: Environment },
): OpenNotificaties {
  const { findings, environment } = context
  const facts = emptyOpenNotificaties()
  reportUnknownKeys(root, findings)
  for (const step of STEPS) {
    for (const namespace of step.namespace) {
      const entry = root.entries.get(namespace)
      if (entry === undefined) continue
      if (!isEnabled(root, step, environment)) reportDisabled(root, step, namespace, findings)
      else if (entry.value.kind === 'map') {
        const section = new Section(entry.value, namespace, context)
        step.read(section, facts, findings)
        if (!READS_ANYTHING.has(namespace)) section.finish()
      } else findings.error(positionOf(entry.key), { id: 'wrong-type', message: `${namespace} has to be a map` })
    }
  }
  nameOwnService(facts)
  return facts
}

/** Sections that mean nothing to Bode are not looked into. */
const READS_ANYTHING: ReadonlySet<string> = new Set(['oidc_db_config_admin_auth', 'sites_config', 'site_config'])

function isEnabled(root: MapNode, { enable }: Step, environment: Environment): boolean {
  return enable.some((flag) => {
    const value = root.entries.get(flag)?.value
    if (value === undefined) return false
    const from = valueFrom(value)
    if (from === undefined) return asFlag(value) === true
    const text = presentValue(from, environment)
    return (
      text !== undefined && asFlag({ kind: 'scalar', value: text, source: value.source, start: 0, end: 0 }) === true
    )
  })
}

function reportDisabled(root: MapNode, { name, enable }: Step, namespace: string, findings: Findings): void {
  const key = root.entries.get(namespace)!.key
  const [flag = ''] = enable
  const isSet = enable.some((one) => root.entries.has(one))
  findings.warn(positionOf(key), {
    id: 'step-disabled',
    message: `${namespace} is left out: the step "${name}" is not enabled, so Open Notificaties never ran it`,
    help: [
      isSet ? `${flag} is not true` : `there is no ${flag}: true`,
      'enable it and convert again if it should count',
    ],
  })
}

/** Open Notificaties ignores what it does not know at the root: a misspelt flag is a step that never ran. */
function reportUnknownKeys(root: MapNode, findings: Findings): void {
  const known = STEPS.flatMap(({ enable, namespace }) => [...enable, ...namespace])
  for (const [name, { key, value }] of root.entries) {
    if (known.includes(name)) continue
    const near = closest(name, known)
    const shown = mayBeSecretItself(name, value) ? 'this key' : quoted(name)
    findings.warn(positionOf(key), {
      id: 'unknown-step',
      message: `${shown} is no step of Open Notificaties, which silently ignored it; it is left out`,
      ...(near === undefined ? {} : { label: `did you mean "${near}"?` }),
    })
  }
}

/** The step names a service by its identifier; what is looked for is its address. */
function nameOwnService(facts: OpenNotificaties): void {
  const named = new Set(facts.own.apiRoots)
  facts.own.apiRoots = facts.services.flatMap(({ slug, apiType, apiRoot }) =>
    (named.has(slug) || apiType === 'nrc') && typeof apiRoot === 'string' ? [apiRoot] : [],
  )
}
