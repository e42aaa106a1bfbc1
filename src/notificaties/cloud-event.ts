export const CLOUD_EVENT_MEDIA_TYPE = 'application/cloudevents+json'

/** A CloudEvent that a publisher posted, checked and normalised: trimmed text, time in UTC. */
export type CloudEvent = {
  readonly id: string
  readonly source: string
  readonly specversion: string
  readonly type: string
  readonly datacontenttype?: string
  readonly dataschema?: string
  readonly subject?: string
  /** UTC with `Z`; microseconds when they are not zero. */
  readonly time?: string
  /** Attributes that are not of the specification itself, such as `traceparent`. */
  readonly extensions: Readonly<Record<string, string | number | boolean>>
  /** The member that holds the data, if any does: null is data too. */
  readonly payload: { readonly data: unknown } | { readonly data_base64: string } | Readonly<Record<string, never>>
}
