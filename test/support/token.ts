import { createHmac } from 'node:crypto'

export type TokenParts = {
  clientId?: string
  secret?: string
  /** Epoch ms. */
  now: number
  /** Members to add, change or (undefined) leave out. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
}

/** A ZGW JWT made by hand, so that a test can make wrong ones too. */
export function makeToken({
  clientId = 'openzaak',
  secret = SECRET,
  now,
  claims = {},
  header = {},
}: TokenParts): string {
  const payload = {
    iss: clientId,
    iat: Math.floor(now / 1_000),
    client_id: clientId,
    user_id: 'test',
    user_representation: 'Test',
    ...claims,
  }
  const input = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** The secret of test clients. */
export const SECRET = 'test-secret-of-at-least-32-characters'

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
