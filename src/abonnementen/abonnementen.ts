import { randomUUID } from 'node:crypto'
import type { Clock } from '../common/clock.ts'
import type { AbonnementSpec } from '../common/model.ts'
import { orUnavailable, Problem } from '../common/problem.ts'
import type { Secret } from '../common/secret.ts'
import { clientOwner, isDeclared, type Abonnement, type Snapshot } from '../common/snapshot.ts'
import type { Provider } from '../db/target.ts'
import type { Egress } from '../egress/egress.ts'
import { tlsIdentityOf } from '../egress/secure-context.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { readAbonnementFields, type AbonnementFields } from './abonnement-fields.ts'
import {
  deleteAbonnement,
  insertAbonnement,
  updateAbonnement,
  updateDeclaredAbonnement,
  type PermittedWrite,
} from './abonnement-rows.ts'
import { abonnementEntry, type Writer } from './audit-entries.ts'
import type { CatalogWriter } from './catalog-writer.ts'
import { demandKanalen } from './kanaal-check.ts'
import { demandOwner, managedByConfiguration, permissionsOf } from './ownership.ts'
import { probeCallback, type Probe } from './probe.ts'
import { isSameAbonnement } from './same-abonnement.ts'

/** The abonnementen of the API. Bodies are what the client sent; throws Problem. */
export type Abonnementen = {
  /** Everybody's, oldest first. */
  list(): Promise<Abonnement[]>
  get(id: string): Promise<Abonnement>
  create(body: unknown, by: Writer): Promise<Abonnement>
  /** `partial`: PATCH, where only what is sent changes. PUT replaces, see `replaced`. */
  update(id: string, body: unknown, by: Writer & { partial: boolean }): Promise<Abonnement>
  remove(id: string, by: Writer): Promise<void>
}

export type AbonnementenOptions = {
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  write: CatalogWriter
  provider: Provider
  egress: Egress
  masterKey: MasterKey
  clock: Clock
}

export function createAbonnementen(options: AbonnementenOptions): Abonnementen {
  const { snapshot, write, provider, masterKey, clock } = options
  const reload = orUnavailable(options.reload)

  async function get(id: string): Promise<Abonnement> {
    const found = snapshot().abonnementen.get(id) ?? (await reload()).abonnementen.get(id)
    if (found === undefined) throw new Problem('notFound')
    return found
  }

  /** Open Notificaties' order: the callback is tried first, the kanalen are looked up last. */
  async function demandUsable(
    spec: AbonnementSpec,
    auth: Secret | undefined,
    { newCallback, identity }: Pick<Probe, 'newCallback' | 'identity'>,
  ): Promise<void> {
    const { probe } = snapshot().settings.callbacks
    // Without a value to send (an auth type that the API cannot set) only reachability can be tried.
    const mode = probe === 'strict' && spec.auth.type !== 'api_key' ? 'reachable' : probe
    await probeCallback(options.egress, { callbackUrl: spec.callbackUrl, auth, mode, newCallback, identity })
    await demandKanalen(spec.kanalen, { snapshot, reload })
  }

  return {
    get,
    list: async () => [...(await reload()).abonnementen.values()],
    create: async (body, by) => {
      const fields = readAbonnementFields(body, { partial: false })
      const spec = replaced(NOTHING, fields)
      await demandUsable(spec, fields.auth, { newCallback: true })
      const id = randomUUID()
      const row = { id, owner: clientOwner(by.clientId), spec, auth: fields.auth, now: clock.now() }
      const entry = abonnementEntry(by, 'create', id, { after: spec, authSet: fields.auth !== undefined })
      return demand(await write((tx) => insertAbonnement(tx, masterKey, row), { entry, now: row.now }), id)
    },
    update: async (id, body, by) => {
      const { clientId, partial } = by
      const abonnement = await get(id)
      const declared = isDeclared(abonnement.owner)
      if (!declared) demandOwner(abonnement, clientId)
      const fields = readAbonnementFields(body, { partial })
      const spec = partial ? changed(abonnement, fields) : replaced(abonnement, fields)
      if (declared && isSameAbonnement(abonnement, spec, fields.auth)) return abonnement
      const permitted = declared ? permittedWrite(abonnement, { clientId, spec, fields }) : undefined
      // A client that keeps its registration up to date sends the callbackUrl of the configuration along.
      const newCallback = !declared && fields.callbackUrl !== undefined
      const identity = tlsIdentityOf(id, abonnement)
      await demandUsable(spec, fields.auth ?? apiKeyOf(abonnement), { newCallback, identity })
      const authSet = fields.auth !== undefined
      const entry = abonnementEntry(by, 'update', id, { before: abonnement, after: spec, authSet })
      if (permitted !== undefined) {
        const row = { ...permitted, now: clock.now() }
        return demand(await write((tx) => updateDeclaredAbonnement(tx, masterKey, row), { entry, now: row.now }), id)
      }
      const row = { id, owner: abonnement.owner, spec, auth: fields.auth, now: clock.now() }
      return demand(await write((tx) => updateAbonnement(tx, masterKey, row), { entry, now: row.now }), id)
    },
    remove: async (id, by) => {
      const { clientId } = by
      const abonnement = await get(id)
      const { owner, client } = abonnement
      if (!isDeclared(owner)) demandOwner(abonnement, clientId)
      else if (!permissionsOf(abonnement, clientId).includes('delete')) throw managedByConfiguration(abonnement)
      const now = clock.now()
      const entry = abonnementEntry(by, 'delete', id, { before: abonnement })
      await write((tx) => deleteAbonnement(tx, provider, { id, owner, client, now }), { entry, now })
    },
  }
}

/**
 * A change by the client that a declared abonnement belongs to, of what it may change. Throws Problem
 * `denied` for another client, and when anything else would change.
 */
function permittedWrite(
  abonnement: Abonnement,
  { clientId, spec, fields }: { clientId: string; spec: AbonnementSpec; fields: AbonnementFields },
): Omit<PermittedWrite, 'now'> {
  const { id, owner, client } = abonnement
  const may = permissionsOf(abonnement, clientId)
  const auth = may.includes('auth') ? fields.auth : undefined
  const kanalen = may.includes('kanalen') && spec.kanalen !== abonnement.kanalen ? spec.kanalen : undefined
  const rest = {
    ...spec,
    ...(auth === undefined ? {} : { auth: abonnement.auth }),
    ...(kanalen === undefined ? {} : { kanalen: abonnement.kanalen }),
  }
  const nothingElse = isSameAbonnement(abonnement, rest, auth === undefined ? fields.auth : undefined)
  if (client === undefined || !nothingElse) throw managedByConfiguration(abonnement)
  const changes = {
    ...(auth === undefined ? {} : { auth: spec.auth }),
    ...(kanalen === undefined ? {} : { kanalen }),
  }
  return { id, owner, client, auth, changes }
}

const NOTHING: AbonnementSpec = {
  callbackUrl: '',
  auth: { type: 'api_key' },
  kanalen: [],
  cloudEvents: { send: false, filters: [] },
  delivery: {},
}

/** PUT as Open Notificaties does it: kanalen and filters left out are none, sendCloudevents stays. */
function replaced(old: AbonnementSpec, fields: AbonnementFields): AbonnementSpec {
  return changed(old, { kanalen: [], cloudeventFilters: [], ...fields })
}

function changed(old: AbonnementSpec, fields: AbonnementFields): AbonnementSpec {
  return {
    callbackUrl: fields.callbackUrl ?? old.callbackUrl,
    auth: fields.auth === undefined ? old.auth : { type: 'api_key' },
    kanalen: fields.kanalen ?? old.kanalen,
    cloudEvents: {
      send: fields.sendCloudevents ?? old.cloudEvents.send,
      filters: fields.cloudeventFilters ?? old.cloudEvents.filters,
    },
    delivery: old.delivery,
  }
}

/** Only an api_key is sent as it stands. */
function apiKeyOf({ auth, authSecret }: Abonnement): Secret | undefined {
  return auth.type === 'api_key' ? authSecret : undefined
}

/** What was just written may be gone again when it is read. */
function demand({ abonnementen }: Snapshot, id: string): Abonnement {
  const found = abonnementen.get(id)
  if (found === undefined) throw new Problem('notFound')
  return found
}
