import type { Diagnostic } from '../../common/diagnostics.ts'
import type { ConfigurationDocument } from '../schema.ts'
import type { Path } from '../tree.ts'

/** A section of named objects that rules refer to across the document. */
export type NamedSection = 'externalCredentials' | 'clientCredentials' | 'kanalen' | 'abonnementen'

/** A document as the rules see it. What the schema refused is not in it, and was reported already. */
export type RuleInput = {
  document: Partial<ConfigurationDocument>
  /** Names in a section, also of objects that were refused. */
  names: (section: NamedSection) => ReadonlySet<string>
  /** True when nothing in the section was refused: only then does something that is not there not exist. */
  complete: (section: keyof ConfigurationDocument) => boolean
}

/** What a rule found. `at` says where; the position is looked up by the caller. */
export type Finding = Pick<Diagnostic, 'severity' | 'message' | 'label' | 'help'> & {
  at: Path
  prefer?: 'key' | 'value'
}

/** A check that a schema cannot express. Pure; its id is stable, for people suppress and look up by it. */
export type Rule = { id: string; check: (input: RuleInput) => Finding[] }

/** The named objects of a section as [name, value]. */
export function entriesOf<T>(section: Record<string, T> | undefined): [string, T][] {
  return Object.entries(section ?? {})
}
