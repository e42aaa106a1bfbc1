// JavaScript, because tap itself loads it, without a TypeScript loader.
import { readdirSync } from 'node:fs'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
  .map((file) => `src/${file}`)

/** Every test may cover every source of ours; the generated Prisma clients are nobody's to cover. */
export default () => sources
