/** When a uuidv7 was made (epoch ms; RFC 9562 §5.7). Undefined for any other. */
export function timeOfUuid(uuid: string): number | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(uuid)
  return match === null ? undefined : Number.parseInt(`${match[1]}${match[2]}`, 16)
}
