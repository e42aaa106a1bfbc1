import type {
  DeliveryDetails,
  DeliveryOperations,
  DeliveryPage,
  LaneStatus,
  Replay,
  ReplayCount,
} from '../../common/deliveries.ts'
import { ACTOR_HEADER } from '../../http/operate/deliveries.ts'
import type { Invocation } from '../command.ts'
import { serverOf } from './server.ts'

/** What operators can do, done by the server of `--server` for `actor`. Throws the Failure that the server answers with. */
export function remoteOperations(invocation: Invocation, actor: string): DeliveryOperations {
  const server = serverOf(invocation)
  const { interruption } = invocation
  const headers = { [ACTOR_HEADER]: encodeURIComponent(actor) }
  const get = (path: string, query: Record<string, string | undefined> = {}): Promise<unknown> => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, value)
    return server.get(search.size === 0 ? path : `${path}?${search.toString()}`, headers)
  }
  // What was sent is carried out, whatever happens here: an interruption waits for the answer.
  const post = (path: string, body: object = {}): Promise<unknown> =>
    interruption.shield(() => server.post(path, body, 0, headers))
  const part = encodeURIComponent
  return {
    list: async (filter, { limit, after }) => {
      const { deliveries, next } = (await get('/deliveries', {
        ...filter,
        limit: String(limit),
        after,
      })) as DeliveryPage
      return { deliveries, next }
    },
    show: async (id, { body }) => {
      const answer = await get(`/deliveries/${part(id)}`, body ? { body: 'true' } : {})
      return (answer as { delivery: DeliveryDetails }).delivery
    },
    status: async () => ((await get('/abonnementen')) as { abonnementen: LaneStatus[] }).abonnementen,
    pause: async (abonnement, reason) => {
      const answer = await post(`/abonnementen/${part(abonnement)}/pause`, reason === null ? {} : { reason })
      return (answer as { abonnement: LaneStatus }).abonnement
    },
    resume: async (abonnement) => {
      const answer = await post(`/abonnementen/${part(abonnement)}/resume`)
      return (answer as { abonnement: LaneStatus }).abonnement
    },
    countReplay: async (filter) => ((await post('/replays', { filter, dryRun: true })) as { count: ReplayCount }).count,
    startReplay: async (filter, ratePerSecond) =>
      ((await post('/replays', { filter, ratePerSecond })) as { replay: Replay | null }).replay,
    replays: async () => ((await get('/replays')) as { replays: Replay[] }).replays,
    cancelReplay: async (id) => ((await post(`/replays/${part(id)}/cancel`)) as { replay: Replay }).replay,
  }
}
