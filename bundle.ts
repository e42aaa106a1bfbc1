// The last step of `npm run build`: what tsc wrote into dist/ becomes a few files that start quickly. Node needs
// longer to find and open the 200 files of `bode validate` than to run it. Bundled are our own modules and the
// small libraries of the command line; whatever is native, large or only for the server stays a dependency.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { _ } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build, type Metafile, type Plugin } from 'esbuild'
import { configurationSchema, overlaySchema } from './src/config/schema.ts'
import { schemaCompiler } from './src/config/schema-validator.ts'

/** Small, without native code, and needed by commands that people wait for. Their licences go along. */
const BUNDLED = new Set(['ajv', 'ajv-formats', 'close-with-grace', 'ipaddr.js', 'uuid', 'yaml'])
const root = import.meta.dirname
const dist = join(root, 'dist')

const shared = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' } as const

/** By the name under which config/schema.ts exports them: schemas with a validator of their own. */
const SCHEMAS = { configurationSchema, overlaySchema }

/** Puts validators that are compiled now in the place of the one that compiles at its first use. */
const compiledValidators: Plugin = {
  name: 'compiled-validators',
  setup(bundle) {
    bundle.onLoad({ filter: /config[\\/]schema-validator\.js$/ }, ({ path }) => {
      const names = Object.keys(SCHEMAS)
      const contents = `import { ${names.join(', ')} } from './schema.js'
const load = new Map([${names.map((name) => `[${name}, () => require('validator:${name}')]`).join(', ')}])
export const validatorOf = (schema) => load.get(schema)().validate`
      return { contents, resolveDir: dirname(path) }
    })
    bundle.onResolve({ filter: /^validator:/ }, ({ path }) => ({ path: fileOf(path.split(':')[1]!), external: true }))
  },
}

function fileOf(schema: string): string {
  return `./validate-${schema}.cjs`
}

/** A file for each, 200 KB of code that is parsed only when it is needed. */
async function buildValidators(outdir: string): Promise<void> {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const ajv = schemaCompiler({ code: { source: true, esm: true, formats: _`FORMATS` } })
    const contents = `import { FORMATS as OURS } from './schema/formats.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
const FORMATS = { ...fullFormats, ...OURS }
${standaloneCode.default(ajv, ajv.compile(schema))}`
    const stdin = { contents, resolveDir: join(dist, 'config') }
    await build({ ...shared, stdin, outfile: join(outdir, fileOf(name)), format: 'cjs', minify: true })
  }
}

/** The files that came from packages say whose they are. */
function licences({ inputs }: Metafile): string {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  return [...packages]
    .toSorted()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
        name: string
        version: string
      }
      const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file ?? 'package.json'), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const outdir = mkdtempSync(join(tmpdir(), 'bode-bundle-'))
const { metafile } = await build({
  ...shared,
  entryPoints: [join(dist, 'bin.js')],
  outdir,
  splitting: true,
  format: 'esm',
  // Names stay, so that a stack trace says something.
  minifyWhitespace: true,
  minifySyntax: true,
  external: Object.keys(dependencies).filter((name) => !BUNDLED.has(name)),
  // The parser as modules, of which what nobody uses falls away. That for Node looks into the environment at every
  // token, which is slow when it is large: with LOG_TOKENS set it prints what it parses, secrets too.
  alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
  // For the CommonJS in it that asks for a module of Node.
  banner: { js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);" },
  plugins: [compiledValidators],
  metafile: true,
})
await buildValidators(outdir)
rmSync(dist, { recursive: true })
mkdirSync(dist)
cpSync(outdir, dist, { recursive: true })
rmSync(outdir, { recursive: true })
writeFileSync(join(dist, 'LICENSES.txt'), licences(metafile))
