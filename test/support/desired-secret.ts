import type { DesiredObject } from '../../src/config/desired-state.ts'
import type { SecretReference } from '../../src/secrets/references.ts'

/** A client credential with one secret. */
export function desiredSecret(reference: SecretReference): DesiredObject {
  const position = { file: 'bode.yaml', line: 1, column: 1, length: 1 }
  return {
    kind: 'clientCredentials',
    key: 'zac',
    spec: { authorizedBy: 'autorisaties', scopes: [] },
    protected: false,
    secrets: [{ field: 'secret', slot: 'current', reference, expiresAt: null, position }],
    position,
    fields: new Map(),
  }
}
