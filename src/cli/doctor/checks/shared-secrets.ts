import { reporter, type Finding } from '../finding.ts'
import type { Subject, Subjects } from '../subjects.ts'

/**
 * Static clients that have a secret of another one: a server refuses it, for it does not say who calls. A
 * plan refuses them too, but a mounted file may change after it. `now` is epoch ms.
 */
export function sharedSecretFindings({ clientCredentials }: Subjects, now: number): Finding[] {
  const holders = new Map<string, Set<Subject<'clientCredentials'>>>()
  for (const client of clientCredentials.filter(({ spec }) => spec.type === 'static')) {
    for (const { value, expiresAt } of client.secrets) {
      if (value === undefined || (expiresAt !== null && expiresAt <= now)) continue
      holders.set(value.reveal(), (holders.get(value.reveal()) ?? new Set()).add(client))
    }
  }
  return [...holders.values()].flatMap((clients) => {
    const [first, ...others] = clients
    return first === undefined ? [] : others.map((client) => shared(client, first))
  })
}

function shared(client: Subject<'clientCredentials'>, first: Subject<'clientCredentials'>): Finding {
  return reporter('secrets', client.address).failed({
    id: 'shared',
    message: `it sends the same secret as ${first.address}, so the secret says not which of them calls: both get 403`,
    advice: { what: 'give each static client a secret of its own', where: client.place('secret') },
    side: 'secret',
  })
}
