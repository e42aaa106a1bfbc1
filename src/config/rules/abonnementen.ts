import { canonicalJson } from '../../common/canonical-json.ts'
import { closest } from '../../common/closest.ts'
import { foldKey } from '../../common/key-folding.ts'
import { quoted } from '../quoted.ts'
import { entriesOf, type Rule } from './rule.ts'

/** A warning: the kanaal may exist already, made through the API or by another configuration. */
export const unknownKanaal: Rule = {
  id: 'abonnement/unknown-kanaal',
  check({ document, names }) {
    const declared = names('kanalen')
    return entriesOf(document.abonnementen).flatMap(([name, { kanalen }]) =>
      kanalen.flatMap(({ naam }, index) => {
        if (declared.has(naam)) return []
        const meant = closest(naam, [...declared])
        return [
          {
            severity: 'warning',
            message: `kanaal ${quoted(naam)} is not declared here`,
            ...(meant === undefined ? {} : { label: `did you mean ${quoted(meant)}?` }),
            at: ['abonnementen', name, 'kanalen', String(index), 'naam'],
            prefer: 'value',
          },
        ]
      }),
    )
  },
}

/** A filter on a kenmerk that no message of the kanaal has lets everything pass. */
export const unknownFilter: Rule = {
  id: 'abonnement/unknown-filter',
  check({ document }) {
    const offered = new Map(
      entriesOf(document.kanalen).map(([naam, { filters = [] }]) => [naam, new Set(filters.map(foldKey))]),
    )
    return entriesOf(document.abonnementen).flatMap(([name, { kanalen }]) =>
      kanalen.flatMap(({ naam, filters = {} }, index) => {
        const known = offered.get(naam)
        if (known === undefined) return []
        return Object.keys(filters)
          .filter((key) => !known.has(foldKey(key)))
          .map((key) => ({
            severity: 'warning',
            message: `kanaal ${quoted(naam)} does not offer the filter ${quoted(key)}, so it may exclude nothing`,
            help: [`offered: ${document.kanalen?.[naam]?.filters?.join(', ') || 'none'}`],
            at: ['abonnementen', name, 'kanalen', String(index), 'filters', key],
          }))
      }),
    )
  },
}

/** Two abonnementen that send the same to the same place: the subscriber gets everything twice. */
export const duplicateAbonnement: Rule = {
  id: 'abonnement/duplicate',
  check({ document }) {
    const first = new Map<string, string>()
    return entriesOf(document.abonnementen).flatMap(([name, { callbackUrl, kanalen }]) => {
      const others = new Set<string>()
      for (const { naam, filters = {}, acties = [], resources = [] } of kanalen) {
        const folded = Object.fromEntries(Object.entries(filters).map(([key, value]) => [foldKey(key), value]))
        const what = canonicalJson([callbackUrl, naam, folded, acties.toSorted(), resources.toSorted()])
        const other = first.get(what) ?? name
        first.set(what, other)
        if (other !== name) others.add(other)
      }
      return [...others].map((other) => ({
        severity: 'warning',
        message: `abonnement ${quoted(other)} has the same callback, kanaal and filters: the subscriber gets both`,
        at: ['abonnementen', name],
      }))
    })
  },
}

/** Without an owner there is nobody who may. */
export const permissionsNeedOwner: Rule = {
  id: 'abonnement/client-may-without-owner',
  check({ document }) {
    return entriesOf(document.abonnementen)
      .filter(([, { owner, clientMay }]) => clientMay !== undefined && owner === undefined)
      .map(([name]) => ({
        severity: 'error',
        message: 'clientMay is only used with owner: the client that may',
        help: ['add owner: { clientId: NAME }'],
        at: ['abonnementen', name, 'clientMay'],
      }))
  },
}

/** The uuid is the abonnement's identity. */
export const duplicateUuid: Rule = {
  id: 'abonnement/duplicate-uuid',
  check({ document }) {
    const first = new Map<string, string>()
    return entriesOf(document.abonnementen).flatMap(([name, { uuid }]) => {
      if (uuid === undefined) return []
      const other = first.get(uuid.toLowerCase())
      if (other === undefined) {
        first.set(uuid.toLowerCase(), name)
        return []
      }
      const message = `abonnement ${quoted(other)} has this uuid too`
      return [{ severity: 'error', message, at: ['abonnementen', name, 'uuid'], prefer: 'value' }]
    })
  },
}
