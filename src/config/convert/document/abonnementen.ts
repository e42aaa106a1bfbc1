import type { Given, OnAbonnement, OnGroup } from '../../../common/open-notificaties.ts'
import { quoted } from '../../quoted.ts'
import { isEmpty, valueOf, VariableText, type ConvertedObject, type Value } from '../converted.ts'
import { Names } from '../names.ts'
import { plainText } from '../variable.ts'
import { ownAbonnement } from '../own-abonnement.ts'
import { authOf, tellExpiry } from './abonnement-auth.ts'
import { note, type Making } from './context.ts'

/** Who gets which notificaties; Open Notificaties' abonnement on itself is not needed and goes. */
export function makeAbonnementen(making: Making): void {
  const names = new Names('-')
  for (const abonnement of making.facts.abonnementen) {
    if (isOwn(making, abonnement)) continue
    if (!making.declares(abonnement)) tellImported(making, abonnement)
    else making.converted.objects.push(makeAbonnement(making, abonnement, names.take(nameOf(abonnement))))
  }
}

/** It is in no document, so what is to be said of it is said in warnings only. */
function tellImported(making: Making, abonnement: OnAbonnement): void {
  const comments: string[] = []
  for (const { filters } of [...abonnement.groups, ...abonnement.eventGroups]) {
    filterValues(making, abonnement, filters, comments)
  }
  tellExpiry(making, abonnement, comments)
}

function makeAbonnement(making: Making, abonnement: OnAbonnement, key: string): ConvertedObject {
  const { uuid, clientId, eventGroups, sendCloudEvents, origin } = abonnement
  const comments = [...abonnement.notes]
  const { callbackUrl, auth } = authOf(making, abonnement, key, comments)
  const kanalen = abonnement.groups.map((group) => kanaalValue(making, abonnement, group, comments))
  const filters = eventGroups.map((group) => ({
    typeSubstring: valueOf(group.typeSubstring),
    ...unlessNone({ filters: filterValues(making, abonnement, group.filters, comments) }),
  }))
  const send = typeof sendCloudEvents === 'boolean' ? sendCloudEvents : new VariableText(sendCloudEvents.variable)
  const cloudEvents = { ...(send === false ? {} : { send }), ...unlessNone({ filters }) }
  if (abonnement.certificates) {
    note(making, comments, origin, {
      id: 'certificate',
      message: `${origin.shown} is called with a certificate of its own, which Bode cannot do per abonnement`,
      help: ['ask the subscriber for another way, or put a proxy with the certificate in between'],
    })
  }
  const value = {
    uuid,
    callbackUrl: valueOf(callbackUrl),
    auth,
    kanalen,
    ...unlessNone({ cloudEvents }),
    ...ownerOf(making, abonnement, clientId),
  }
  return { kind: 'abonnementen', key, value, comments, origin }
}

/** The client id is the owner, and with zgw and oauth2 also the name that Open Notificaties calls with. */
function ownerOf({ facts }: Making, { authType }: OnAbonnement, clientId: Given): ConvertedObject['value'] {
  const calls = authType === 'zgw' || authType === 'oauth2_client_credentials'
  const isClient = facts.credentials.some((credential) => credential.clientId === clientId)
  if (isEmpty(clientId) || (calls && !isClient)) return {}
  return { owner: { clientId: valueOf(clientId) }, clientMay: ['auth', 'kanalen', 'delete'] }
}

function kanaalValue(making: Making, abonnement: OnAbonnement, { naam, filters }: OnGroup, comments: string[]): Value {
  return { naam: valueOf(naam), ...unlessNone({ filters: filterValues(making, abonnement, filters, comments) }) }
}

/** A key like `#actie` is the name of no kenmerk, so Open Notificaties let everything pass it. */
function filterValues(
  making: Making,
  { origin }: OnAbonnement,
  filters: OnGroup['filters'],
  comments: string[],
): { [key: string]: Value } {
  const kept: [string, Value][] = []
  for (const [key, value] of Object.entries(filters)) {
    if (key !== '' && !key.startsWith('#')) kept.push([key, valueOf(value)])
    else {
      note(making, comments, origin, {
        id: 'pseudo-filter',
        message: `${origin.shown} has a filter ${quoted(key)}, which let everything pass in Open Notificaties; it is left out`,
        help: ['in Bode acties and resources are keys of their own, beside filters'],
      })
    }
  }
  return Object.fromEntries(kept)
}

function unlessNone(members: { [key: string]: { [key: string]: Value } | Value[] }): { [key: string]: Value } {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => Object.keys(member).length > 0))
}

/** From the host and the kanaal: `zac-zaken` for https://zac.gemeente.local/… on kanaal zaken. */
function nameOf({ callbackUrl, groups }: OnAbonnement): string {
  const url = plainText(callbackUrl)
  const host = url !== undefined && URL.canParse(url) ? new URL(url).hostname : ''
  const isAddress = /^[\d.]+$|^\[/.test(host)
  const first = isAddress ? host : (host.split('.').find((label) => label !== 'www') ?? '')
  const [only, ...others] = groups
  const kanaal = only !== undefined && others.length === 0 ? plainText(only.naam) : undefined
  const name = [first === '' ? 'abonnement' : first, kanaal ?? ''].filter((part) => part !== '').join('-')
  return (
    name
      .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
      .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '')
      .slice(0, 90) || 'abonnement'
  )
}

function isOwn({ facts, findings }: Making, abonnement: OnAbonnement): boolean {
  const { shown, position } = abonnement.origin
  const answer = ownAbonnement(facts.own, abonnement)
  if (answer === 'maybe') {
    findings.warn(position, {
      id: 'maybe-own-abonnement',
      message: `${shown} looks like the one that Open Notificaties has on itself for the Autorisaties API, but nothing says so`,
      help: ['if it is, take it out of the document: Bode follows kanaal autorisaties without an abonnement'],
    })
  } else if (answer === 'yes') {
    findings.warn(position, {
      id: 'own-abonnement',
      message: `${shown} is left out: by it Open Notificaties heard of changed authorizations, Bode follows kanaal autorisaties without one`,
    })
  }
  return answer === 'yes'
}
