import type { Secret } from '../common/secret.ts'

/** A secret that was looked up, or why not. Texts name places, never a value. */
export type Resolution = { secret: Secret; warnings: string[] } | { problem: string }
