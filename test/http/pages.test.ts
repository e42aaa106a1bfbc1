// Pages for people: found from every error, and usable by everybody.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { PROBLEM_CATALOGUE } from '../../src/http/problem-catalogue.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'

const PAGES = [
  '/',
  '/ref/scopes/',
  '/ref/fouten/',
  '/ref/fouten/PermissionDenied/',
  '/ref/fouten/invalid',
  '/api/v1/schema/',
]

async function textOf(app: FastifyInstance, url: string): Promise<string> {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return statusCode === 200 ? body : `${url} gave ${statusCode}`
}

void t.test('pages have a language, one h1, headings in order, landmarks and a way past the navigation', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const url of PAGES) {
    const text = await textOf(app, url)
    t.match(text, /^<!doctype html>\s*<html lang="nl">/, `${url}: language`)
    t.match(text, /<title>[^<]{5,} - Notificaties API<\/title>/, `${url}: title`)
    const levels = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
    t.equal(levels.filter((level) => level === 1).length, 1, `${url}: one h1`)
    t.ok(
      levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1),
      `${url}: no heading skips a level`,
    )
    t.match(text, /<a class="skip" href="#inhoud">/, `${url}: a way to the content`)
    t.match(text, /<nav aria-label="\w+">[\s\S]*<main id="inhoud">/, `${url}: landmarks`)
    t.notMatch(text, /<script|<img|onclick|tabindex|<th>/, `${url}: nothing that needs more than a keyboard`)
  }
})

void t.test('pages may load and run nothing, and their style is the one that is allowed', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const { headers, body } = await app.inject('/')
  const { createHash } = await import('node:crypto')
  const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(headers['content-security-policy'], `default-src 'none'; style-src 'sha256-${hash}'`)
  for (const [text, paper] of [colours(style, 0), colours(style, 1)].flatMap(([text, paper, link]) => [
    [text, paper],
    [link, paper],
  ])) {
    t.ok(contrast(text ?? '', paper ?? '') >= 7, `${text} on ${paper}`)
  }
})

void t.test('every link of a page leads somewhere', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const texts = await Promise.all(PAGES.map((url) => textOf(app, url)))
  const links = new Set(
    texts.flatMap((text) => [...text.matchAll(/href="http:\/\/localhost:80(\/[^"]*)"/g)].map(([, url = '']) => url)),
  )
  t.ok(links.size > 10)
  for (const url of links) t.equal((await app.inject(url)).statusCode, 200, url)
  for (const [, id = ''] of (texts.at(-1) ?? '').matchAll(/href="#([\w-]+)"/g)) t.match(texts.at(-1), `id="${id}"`)
})

void t.test('every code and every type of an error has its page, which says what to do', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const sources = ROOMS.flatMap(sourcesOf)
  const literal = /(?:code: |fault\(|invalid\()'([a-z][\w-]+)'/g
  const found = sources.flatMap((source) => [...source.matchAll(literal)].map(([, code = '']) => code))
  const codes = new Set([...found, ...Object.values(PROBLEM_CATALOGUE).map(({ code }) => code)])
  t.ok(codes.size > 40)
  for (const code of codes) t.match(await textOf(app, `/ref/fouten/${code}/`), /Wat te doen/, code)
  for (const { class: name } of Object.values(PROBLEM_CATALOGUE)) {
    t.match(await textOf(app, `/ref/fouten/${name}/`), /<th scope="row"><code>/, name)
  }
  t.equal((await app.inject('/ref/fouten/NietBekend/')).statusCode, 404)
})

void t.test('what comes from outside is text on a page', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const { body } = await app.inject({ url: '/', headers: { host: 'a"><b>' } })
  t.notMatch(body, '<b>')
})

/** Where refusals come from. */
const ROOMS = ['abonnementen', 'autorisaties', 'notificaties', 'http', 'common']

function sourcesOf(room: string): string[] {
  const names = readdirSync(join('src', room), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join('src', room, name), 'utf8'))
}

/** Text, paper and link of the light or the dark scheme. */
function colours(style: string, scheme: number): string[] {
  return ['text', 'paper', 'link'].map(
    (name) => [...style.matchAll(new RegExp(`--${name}: (#\\w+)`, 'g'))][scheme]?.[1] ?? '',
  )
}

/** WCAG 2.2: relative luminance of both, plus 0.05, as a ratio. */
function contrast(one: string, other: string): number {
  const [a = 0, b = 0] = [luminance(one), luminance(other)].toSorted((x, y) => y - x)
  return (a + 0.05) / (b + 0.05)
}

function luminance(hex: string): number {
  const digits = hex.slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3')
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
