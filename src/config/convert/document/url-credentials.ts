import type { Given } from '../../../common/open-notificaties.ts'
import { plainText } from '../variable.ts'

/** A user name or password in an URL, and the URL without; undefined when there is none. */
export function urlCredentials(given: Given): { url: string; username: string; password: string } | undefined {
  const text = plainText(given)
  if (text === undefined || !URL.canParse(text)) return undefined
  const { username, password } = new URL(text)
  if (username === '' && password === '') return undefined
  // Only what stands before the @ goes: the rest of the URL stays as it is written.
  return {
    url: text.replace(/^(\s*[a-z][a-z0-9+.-]*:[/\\]*)[^/\\?#]*@/i, '$1'),
    username: decoded(username),
    password: decoded(password),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
