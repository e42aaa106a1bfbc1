import { Scalar } from 'yaml'

/** Begins with a letter, a slash or a dot, and has nothing in it that means something in YAML; or is a duration. */
const PLAIN = /^([A-Za-zÀ-ÿ/.][\w À-ÿ./:?=&%+@~()-]*|\d+(ms|s|m|h|d))$/
/** What another reader of YAML takes for a boolean, a null or a number. */
const WORD = /^(y|n|yes|no|on|off|true|false|null|none|\.inf|\.nan)$/i

/** Takes quotes away that a text does not need, and makes those that it needs double. */
export function quote(scalar: Scalar): void {
  if (typeof scalar.value !== 'string') return
  if (scalar.type !== Scalar.QUOTE_DOUBLE && scalar.type !== Scalar.QUOTE_SINGLE) return
  const text = scalar.value
  // The writer itself puts quotes round what would otherwise be read as something else.
  const bare = PLAIN.test(text) && !WORD.test(text) && !/: | #|:$|\s$/.test(text)
  if (bare) scalar.type = Scalar.PLAIN
  else scalar.type = /["\\]/.test(text) && !/[\n']/.test(text) ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE
}
