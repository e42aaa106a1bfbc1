import { TLS_PARTS, type SettingsSection } from '../../common/model.ts'
import type { SecretReference } from '../../secrets/references.ts'
import type { DesiredSecret, SecretField } from '../desired-state.ts'
import type { ConfigurationDocument } from '../schema.ts'
import { positionAt, type MapNode, type Path } from '../tree.ts'
import type { AbonnementValue, ClientCredentialValue, ExternalCredentialValue } from './specs.ts'

/** Makes the secrets of the object at `path`: fields as the document spells them. */
export class SecretsAt {
  readonly #root: MapNode
  readonly #path: Path

  constructor(root: MapNode, path: Path) {
    this.#root = root
    this.#path = path
  }

  ofExternalCredential({ secret, tls }: ExternalCredentialValue): DesiredSecret[] {
    return [this.#current('secret', secret), ...this.#tls(tls)]
  }

  ofClientCredential({ secret, previousSecret }: ClientCredentialValue): DesiredSecret[] {
    return [this.#current('secret', secret), ...this.#previous('secret', ['previousSecret'], previousSecret)]
  }

  ofAbonnement({ auth, tls, signing }: AbonnementValue): DesiredSecret[] {
    return [...this.#auth(auth), ...this.#tls(tls), ...this.#signing(signing)]
  }

  ofSettings(section: SettingsSection, { egress, alerts }: ConfigurationDocument): DesiredSecret[] {
    if (section === 'egress' && egress?.ca !== undefined) return [this.#current('ca', egress.ca)]
    if (section === 'alerts' && alerts?.authorization !== undefined) {
      return [this.#current('authorization', alerts.authorization)]
    }
    return []
  }

  #auth(auth: AbonnementValue['auth']): DesiredSecret[] {
    if (auth.type === 'no_auth') return []
    return auth.type === 'api_key'
      ? [this.#current('auth.value', auth.value)]
      : [this.#current('auth.secret', auth.secret)]
  }

  #tls(tls: AbonnementValue['tls']): DesiredSecret[] {
    return TLS_PARTS.flatMap((part) => (tls?.[part] === undefined ? [] : [this.#current(`tls.${part}`, tls[part])]))
  }

  #signing(signing: AbonnementValue['signing']): DesiredSecret[] {
    if (signing === undefined) return []
    const { secret, previousSecret } = signing
    const previous = this.#previous('signing.secret', ['signing', 'previousSecret'], previousSecret)
    return [this.#current('signing.secret', secret), ...previous]
  }

  #current(field: SecretField, reference: SecretReference): DesiredSecret {
    const position = positionAt(this.#root, [...this.#path, ...field.split('.')])
    return { field, slot: 'current', reference, expiresAt: null, position }
  }

  #previous(
    field: SecretField,
    at: Path,
    previous: (SecretReference & { expiresAt: string }) | undefined,
  ): DesiredSecret[] {
    if (previous === undefined) return []
    const { expiresAt, ...reference } = previous
    const position = positionAt(this.#root, [...this.#path, ...at])
    return [{ field, slot: 'previous', reference, expiresAt: Date.parse(expiresAt), position }]
  }
}
