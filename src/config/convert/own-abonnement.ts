import type { OnAbonnement, OpenNotificaties } from '../../common/open-notificaties.ts'
import { plainText } from './variable.ts'

/**
 * Is this the abonnement that Open Notificaties has on itself, to hear of changed authorizations? `yes`
 * by its uuid or its address; another component may well have one like it, so `maybe` by its looks.
 */
export function ownAbonnement(
  { uuids, apiRoots, hosts }: OpenNotificaties['own'],
  { uuid, callbackUrl, groups }: OnAbonnement,
): 'yes' | 'maybe' | 'no' {
  if (groups.length === 0 || groups.some(({ naam }) => naam !== 'autorisaties')) return 'no'
  if (uuids.includes(uuid)) return 'yes'
  const url = plainText(callbackUrl) ?? ''
  if (!/\/api\/v1\/callbacks\/?$/.test(url)) return 'no'
  const byAddress = apiRoots.some((root) => url.startsWith(`${root.replace(/\/$/, '')}/`))
  const byHost = URL.canParse(url) && hosts.includes(new URL(url).host)
  return byAddress || byHost ? 'yes' : 'maybe'
}
