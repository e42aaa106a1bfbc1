import type { Environment } from '../common/environment.ts'
import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import { SAMPLERS, type SamplerName, type TracingOptions } from '../observability/otlp-tracer.ts'

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
const DEFAULT_SAMPLER = 'parentbased_always_on'

/**
 * Whether and how to trace, from OpenTelemetry's own variables (its environment specification): none without
 * OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, with OTEL_SDK_DISABLED or with
 * OTEL_TRACES_EXPORTER=none. `notUnderstood` are variables whose default is used instead, as that specification
 * wants. Throws Failure `invalid` for an endpoint that is no http(s) URL; it may hold a password, so it is not shown.
 */
export function tracingOptions(environment: Environment): (TracingOptions & { notUnderstood: string[] }) | undefined {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined
  const exporters = value('OTEL_TRACES_EXPORTER')
    ?.split(',')
    .map((name) => name.trim()) ?? ['otlp']
  const own = value(TRACES_ENDPOINT)
  const shared = value(ENDPOINT)
  if (own === undefined && shared === undefined) return undefined
  if (value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || !exporters.includes('otlp')) return undefined
  const url =
    own === undefined ? httpUrl(ENDPOINT, `${shared!.replace(/\/+$/, '')}/v1/traces`) : httpUrl(TRACES_ENDPOINT, own)
  const { sampler, ratio, notUnderstood } = sampling(value('OTEL_TRACES_SAMPLER'), value('OTEL_TRACES_SAMPLER_ARG'))
  const protocol = value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? value('OTEL_EXPORTER_OTLP_PROTOCOL')
  const name = value('OTEL_SERVICE_NAME')
  return {
    url,
    headers: Object.fromEntries(
      [...pairs(value('OTEL_EXPORTER_OTLP_HEADERS')), ...pairs(value('OTEL_EXPORTER_OTLP_TRACES_HEADERS'))].map(
        ([header, text]) => [header.toLowerCase(), new Secret(text)],
      ),
    ),
    resource: {
      'service.name': 'bode',
      ...Object.fromEntries(pairs(value('OTEL_RESOURCE_ATTRIBUTES'))),
      ...(name === undefined ? {} : { 'service.name': name }),
    },
    sampler,
    ratio,
    notUnderstood: [...notUnderstood, ...(protocol === 'grpc' ? ['OTEL_EXPORTER_OTLP_PROTOCOL'] : [])],
  }
}

function httpUrl(variable: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new Failure('invalid', `${variable} must be a URL that begins with http:// or https://`)
}

function sampling(sampler: string | undefined, argument: string | undefined) {
  const name = SAMPLERS.find((known) => known === sampler)
  const notUnderstood = sampler !== undefined && name === undefined ? ['OTEL_TRACES_SAMPLER'] : []
  const chosen: SamplerName = name ?? DEFAULT_SAMPLER
  const ratio = argument === undefined ? 1 : Number(argument)
  if (!chosen.endsWith('ratio') || (ratio >= 0 && ratio <= 1)) return { sampler: chosen, ratio, notUnderstood }
  return { sampler: chosen, ratio: 1, notUnderstood: [...notUnderstood, 'OTEL_TRACES_SAMPLER_ARG'] }
}

/** `key=value,key=value`, values percent-encoded, as in W3C Baggage. What does not parse is left out. */
function pairs(text = ''): [key: string, value: string][] {
  return text.split(',').flatMap((entry): [string, string][] => {
    const [, key, value] = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(entry) ?? []
    if (key === undefined || value === undefined) return []
    try {
      return [[key, decodeURIComponent(value)]]
    } catch {
      return []
    }
  })
}
