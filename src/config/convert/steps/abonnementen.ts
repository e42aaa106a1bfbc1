import type { Given, OnAbonnement, OnEventGroup, OpenNotificaties } from '../../../common/open-notificaties.ts'
import { quoted } from '../../quoted.ts'
import type { Findings } from '../findings.ts'
import type { Section } from '../section.ts'
import { plainText } from '../variable.ts'
import type { Step } from './step.ts'

/** Abonnementen as the step left them in the database, which is not what the file seems to say. */
export const abonnementenStep: Step = {
  name: 'abonnementen',
  enable: ['notifications_abonnementen_config_enable'],
  namespace: ['notifications_abonnementen_config'],
  read(section, facts, findings) {
    for (const item of section.sections('items', 'abonnement')) {
      const read = readFields(item, findings)
      if (read === undefined) continue
      const { abonnement, entries, events } = read
      const target = known(abonnement, facts, findings)
      for (const entry of entries) mergeGroup(target, entry, findings)
      target.eventGroups.push(...events)
      if (target.groups.length > 0 || target.eventGroups.length > 0) continue
      findings.error(item.position(), {
        id: 'missing',
        message: `${abonnement.origin.shown} has neither kanalen nor cloudevent_filters`,
      })
    }
  },
}

type Entry = { section: Section; naam: Given; filters: Record<string, Given> }

function readFields(
  item: Section,
  findings: Findings,
): { abonnement: OnAbonnement; entries: Entry[]; events: OnEventGroup[] } | undefined {
  const uuid = item.name('uuid')?.toLowerCase()
  if (uuid !== undefined) item.shown = `abonnement ${quoted(uuid)}`
  const { shown } = item
  const callbackUrl = item.required('callback_url')
  const entries = item.sections('kanalen', `${shown}: kanaal`).flatMap((section): Entry[] => {
    const naam = section.required('naam')
    const filters = section.textMap('filters')
    section.finish()
    return naam === undefined ? [] : [{ section, naam, filters }]
  })
  const events = eventGroups(item, shown)
  const authType = plainText(item.text('auth_type', 'api_key'))
  const rest = {
    auth: item.secret('auth'),
    clientId: item.text('auth_client_id'),
    secret: item.secret('secret'),
    tokenUrl: item.text('oauth2_token_url'),
    scope: item.text('oauth2_scope'),
    sendCloudEvents: item.flag('send_cloudevents', false),
  }
  item.finish()
  if (uuid === undefined || callbackUrl === undefined) return undefined
  const origin = { shown, position: item.at('uuid') }
  if (authType === undefined)
    findings.error(item.at('auth_type'), {
      id: 'wrong-type',
      message: `${shown}: auth_type cannot come from a variable`,
    })
  const groups = { groups: [], eventGroups: [], certificates: false, notes: [] }
  return { abonnement: { uuid, callbackUrl, authType: authType ?? '', ...rest, ...groups, origin }, entries, events }
}

/** Texts, or maps with filters of their own. */
function eventGroups(item: Section, shown: string): OnEventGroup[] {
  const list = item.list('cloudevent_filters')
  if (list.every(({ kind }) => kind === 'scalar')) {
    return item.texts('cloudevent_filters').map((typeSubstring) => ({ typeSubstring, filters: {} }))
  }
  return item.sections('cloudevent_filters', `${shown}: CloudEvent filter`).flatMap((section) => {
    const typeSubstring = section.required('type_substring')
    const filters = section.textMap('filters')
    section.finish()
    return typeSubstring === undefined ? [] : [{ typeSubstring, filters }]
  })
}

/** The abonnement to add filters to: a second one with the same uuid wrote over the fields of the first. */
function known(abonnement: OnAbonnement, facts: OpenNotificaties, findings: Findings): OnAbonnement {
  const index = facts.abonnementen.findIndex(({ uuid }) => uuid === abonnement.uuid)
  const first = facts.abonnementen[index]
  if (first === undefined) {
    facts.abonnementen.push(abonnement)
    return abonnement
  }
  const message = `${abonnement.origin.shown} stands in the file twice: Open Notificaties made one of them, with the fields of this one and the filters of both`
  findings.warn(abonnement.origin.position, {
    id: 'duplicate-uuid',
    message,
    label: `first on line ${first.origin.position?.line}`,
    help: [
      'it is converted as Open Notificaties had it; was a second abonnement meant, then declare it with a uuid of its own',
    ],
  })
  const { groups, eventGroups, notes } = first
  const merged = { ...abonnement, groups, eventGroups, notes: [...notes, `${message}.`] }
  facts.abonnementen[index] = merged
  return merged
}

/** Open Notificaties has one filter group per kanaal here, and puts the filters of every entry into it. */
function mergeGroup(target: OnAbonnement, { section, naam, filters }: Entry, findings: Findings): void {
  const group = target.groups.find((other) => JSON.stringify(other.naam) === JSON.stringify(naam))
  if (group === undefined) {
    target.groups.push({ naam, filters })
    return
  }
  const overwritten = Object.keys(filters).filter(
    (key) => Object.hasOwn(group.filters, key) && !sameGiven(group.filters[key]!, filters[key]!),
  )
  const shown = typeof naam === 'string' ? quoted(naam) : naam.variable
  const lost = overwritten.length === 0 ? '' : `; of ${overwritten.map(quoted).join(', ')} only the last value was left`
  const message = `${target.origin.shown} has kanaal ${shown} more than once: Open Notificaties merged the filters into one entry in which all must match${lost}`
  findings.warn(section.at('naam'), {
    id: 'merged-filters',
    message,
    help: [
      'it is converted as Open Notificaties had it; when one of the entries is enough, write them apart: in Bode the same kanaal twice means "or"',
    ],
  })
  target.notes.push(`${message}. When one of the entries is enough, write them apart.`)
  group.filters = Object.fromEntries([...Object.entries(group.filters), ...Object.entries(filters)])
}

function sameGiven(a: Given, b: Given): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
