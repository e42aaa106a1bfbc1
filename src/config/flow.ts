/** A small value on one line as a person writes it in YAML: `{ env: NAME }`. For examples in help and reference. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${key}: ${flow(member)}`)
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
  }
  return typeof value === 'string' && (value === '' || /[,:#{}[\]"'] |[,{}[\]"']|^[*&!%@`]/.test(value))
    ? JSON.stringify(value)
    : String(value)
}
